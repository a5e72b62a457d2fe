// Choices: options of which one or several are chosen. Native radios and checkboxes do the work.

import { choiceOf, groupOf, made, wordsOf } from "./parts.js";

/** @import { Family } from "../questions.js" */
/** @import { Answer } from "../responses.js" */
/** @import { Thing } from "./parts.js" */

/**
 * What a slot of this family shows besides what every slot has.
 * @typedef {{stem: string, choose: "one" | "several", options: Thing[]}} Choice
 */

/** @type {Family<Choice>} */
export const choices = {
  show(slot, words, place) {
    const type = slot.choose === "one" ? "radio" : "checkbox";
    const options = made("div", "choices");
    options.append(...slot.options.map((option) => choiceOf(type, "choice", option)));
    place.replaceChildren(groupOf(slot, slot.choose === "one" ? words.chooseOne : words.chooseSeveral, words, options));
  },

  read(place) {
    const chosen = inputs(place)
      .filter((input) => input.checked)
      .map((input) => input.value)
      .sort();
    return chosen.length ? { chosen } : {};
  },

  mark(place, answer) {
    const chosen = idsIn(answer);
    for (const input of inputs(place)) input.checked = chosen.includes(input.value);
  },

  describe(slot, answer) {
    const chosen = idsIn(answer);
    return slot.options.filter((option) => chosen.includes(option.id)).map((option) => wordsOf(option.text)).join("; ");
  },

  pick(place, index) {
    inputs(place)[index]?.click();
  },
};

/** @param {HTMLElement} place */
function inputs(place) {
  return [...place.querySelectorAll("input")];
}

/** @param {Answer} answer @returns {unknown[]} none where the answer has another shape */
function idsIn(answer) {
  return [answer.chosen].flat();
}
