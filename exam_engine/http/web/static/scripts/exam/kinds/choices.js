// Choices: options of which one or several are chosen. Native radios and checkboxes do the work.

/** @import { Family } from "../questions.js" */
/** @import { Answer } from "../responses.js" */

/**
 * What a slot of this family shows besides what every slot has.
 * @typedef {{stem: string, choose: "one" | "several", options: {id: string, text: string}[]}} Choice
 */

/** @type {Family<Choice>} */
export const choices = {
  show(slot, words, place) {
    const legend = made("legend", "stem");
    legend.append(...slot.stem.split(/\n\s*\n/).map((text) => made("p", "", text.trim())));
    const hint = made("p", "hint", slot.choose === "one" ? words.chooseOne : words.chooseSeveral);
    hint.lang = document.documentElement.lang;
    const options = made("div", "choices");
    options.append(...slot.options.map((option) => choiceOf(slot.choose, option)));
    const group = made("fieldset");
    group.append(legend, hint, options);
    place.replaceChildren(group);
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

  describe(slot, words, answer) {
    const chosen = idsIn(answer);
    const texts = slot.options.filter((option) => chosen.includes(option.id)).map((option) => option.text);
    return texts.join("; ") || words.nothing;
  },

  pick(place, index) {
    inputs(place)[index]?.click();
  },
};

/** @param {"one" | "several"} choose @param {{id: string, text: string}} option */
function choiceOf(choose, option) {
  const input = made("input");
  input.type = choose === "one" ? "radio" : "checkbox";
  input.name = "choice";
  input.value = option.id;
  const label = made("label", "choice");
  label.append(input, made("span", "", option.text));
  return label;
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {string} text
 */
function made(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

/** @param {HTMLElement} place */
function inputs(place) {
  return [...place.querySelectorAll("input")];
}

/** @param {Answer} answer @returns {unknown[]} none where the answer has another shape */
function idsIn(answer) {
  return [answer.chosen].flat();
}
