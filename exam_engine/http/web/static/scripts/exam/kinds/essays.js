// Essays: a text of one's own. It is kept as it is written; how long it is stands below it and is told in pauses.

import { fill, say } from "../words.js";
import { groupOf, labelOf, made, ours } from "./parts.js";

/** @import { Family } from "../questions.js" */

/**
 * What a slot of this family shows besides what every slot has.
 * @typedef {{stem: string, words: {min?: number, max?: number}}} Task how many words are asked for
 */

const CHARACTERS_MAX = 15_000;
const LINES = 14;
const TELLING_PAUSE_MS = 3000;

/** @type {Family<Task>} */
export const essays = {
  show(slot, words, place) {
    const field = pageOf();
    const row = made("div", "field essay-field");
    const length = ours(made("p", "hint essay-length"));
    row.append(ours(labelOf(field, words.yourAnswer)), field, length);
    place.replaceChildren(groupOf(slot, [words.writeText, askedFor(slot.words, words)].filter(Boolean).join(" "), words, row));
    tellLength(field, length, words);
  },

  read(place) {
    const text = fieldIn(place).value.trim();
    return text ? { text } : {};
  },

  mark(place, answer) {
    const field = fieldIn(place);
    field.value = String(answer.text ?? "");
    field.dispatchEvent(new Event("marked"));
  },

  describe(_slot, answer) {
    return String(answer.text ?? "");
  },

  reason: (words) => words.textTooLong,
};

/** @returns a field for a text of many lines, in which nothing helps and nothing corrects */
function pageOf() {
  const field = made("textarea", "input essay");
  field.name = "text";
  field.id = "answer-text";
  field.rows = LINES;
  field.maxLength = CHARACTERS_MAX;
  field.autocomplete = "off";
  field.spellcheck = false;
  field.setAttribute("autocorrect", "off");
  return field;
}

/** @param {HTMLElement} place */
function fieldIn(place) {
  return /** @type {HTMLTextAreaElement} */ (place.querySelector("textarea"));
}

/** @param {{min?: number, max?: number}} limits @param {Record<string, string>} words */
function askedFor({ min, max }, words) {
  if (min && max) return fill(words.wordsBetween, { min, max });
  if (min) return fill(words.wordsAtLeast, { min });
  return max ? fill(words.wordsAtMost, { max }) : "";
}

/** @param {HTMLTextAreaElement} field @param {HTMLElement} place @param {Record<string, string>} words */
function tellLength(field, place, words) {
  /** @type {number | undefined} */
  let timer;
  function count() {
    place.textContent = fill(words.wordsSoFar, { count: field.value.trim().split(/\s+/u).filter(Boolean).length });
  }
  field.addEventListener("marked", count);
  field.addEventListener("input", () => {
    count();
    clearTimeout(timer);
    timer = setTimeout(() => field.isConnected && say(place.textContent ?? ""), TELLING_PAUSE_MS);
  });
  count();
}
