// Gaps: running text with controls in it, to choose from or to type into.

import { isAnswer } from "../responses.js";
import { fill } from "../words.js";
import { fieldOf, filled, filledIn, fillIn, groupOf, inWords, labelOf, made, ours, selectOf, textOf } from "./parts.js";

/** @import { Family } from "../questions.js" */
/** @import { Thing } from "./parts.js" */

/** @typedef {{id: string, options?: Thing[]}} Gap */
/**
 * What a slot of this family shows besides what every slot has.
 * @typedef {{stem: string, passage: string, gaps: Gap[]}} Passage the gaps in their order; in the text, a span each
 */

const GAP_CHARACTERS = 14;

/** @type {Family<Passage>} */
export const chosenGaps = gapsOf("chooseGaps", (gap, words) => selectOf(gap.id, inWords(gap.options ?? []), words.choose));

/** @type {Family<Passage>} */
export const typedGaps = gapsOf("typeGaps", (gap) => {
  const field = fieldOf(gap.id);
  field.size = GAP_CHARACTERS;
  return field;
});

/**
 * @param {string} hint the name of the words that say how to answer
 * @param {(gap: Gap, words: Record<string, string>) => HTMLElement} control
 * @returns {Family<Passage>}
 */
function gapsOf(hint, control) {
  return {
    show(slot, words, place) {
      const passage = filled(made("div", "gap-passage"), slot.passage);
      const count = slot.gaps.length;
      for (const [index, gap] of slot.gaps.entries()) {
        const field = control(gap, words);
        const name = fill(words.gap, { number: index + 1, count });
        const hole = passage.querySelector(`[data-gap="${CSS.escape(gap.id)}"]`);
        hole?.replaceWith(ours(labelOf(field, name, "unseen")), field);
      }
      place.replaceChildren(groupOf(slot, words[hint], words, passage));
    },

    read(place) {
      const answered = filledIn(place);
      return Object.keys(answered).length ? { filled: answered } : {};
    },

    mark(place, answer) {
      fillIn(place, answer.filled);
    },

    describe(slot, answer) {
      const answered = isAnswer(answer.filled) ? answer.filled : {};
      return slot.gaps
        .map((gap, index) => ({ number: index + 1, gap, value: answered[gap.id] }))
        .filter(({ value }) => value !== undefined)
        .map(({ number, gap, value }) => `(${number}) ${gap.options ? textOf(gap.options, value) : value}`)
        .join("; ");
    },
  };
}
