// The stimulus: what the questions of a set are about, shown with each of them.

import { filled } from "./kinds/parts.js";
import { element } from "./questions.js";
import { fill } from "./words.js";

/** @import { Slot } from "./questions.js" */

/**
 * @param {Slot} slot
 * @param {readonly Slot[]} slots the whole paper
 * @param {Record<string, string>} words
 */
export function showStimulus(slot, slots, words) {
  const { stimulus } = slot;
  element("stimulus").hidden = !stimulus;
  if (!stimulus) return;
  const set = slots.filter((other) => other.stimulus?.text === stimulus.text && other.stimulus.title === stimulus.title);
  filled(element("stimulus-title"), stimulus.title);
  filled(element("stimulus-text"), stimulus.text);
  const reach = { first: set[0].slot, last: set[set.length - 1].slot };
  element("stimulus-reach").textContent = set.length > 1 ? fill(words.belongTogether, reach) : "";
}
