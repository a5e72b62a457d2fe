// Numbers: one number, typed as people write it, and its unit where the item has units. The server reads it.

import { isAnswer } from "../responses.js";
import { fieldOf, filledIn, fillIn, groupOf, labelOf, made, ours, selectOf } from "./parts.js";

/** @import { Family } from "../questions.js" */

/**
 * What a slot of this family shows besides what every slot has.
 * @typedef {{stem: string, units: string[]}} Quantity
 */

const NUMBER_CHARACTERS_MAX = 40;

/** @type {Family<Quantity>} */
export const numbers = {
  show(slot, words, place) {
    const field = fieldOf("value");
    field.inputMode = "decimal";
    field.maxLength = NUMBER_CHARACTERS_MAX;
    field.classList.add("number-field");
    const row = made("div", "number-answer");
    row.append(fieldWith(words.yourAnswer, field), signOf(field, words));
    if (slot.units.length) row.append(fieldWith(words.unit, unitsOf(slot.units, words)));
    place.replaceChildren(groupOf(slot, slot.units.length > 1 ? words.numberAndUnit : words.typeNumber, words, row));
  },

  read(place) {
    const { value, unit } = filledIn(place);
    if (!value) return {};
    const written = value.replaceAll(",", ".").replace(/[\u2212\u2013]/g, "-");
    return { number: unit ? { value: written, unit } : { value: written } };
  },

  mark(place, answer) {
    fillIn(place, answer.number);
  },

  describe(_slot, answer) {
    const number = isAnswer(answer.number) ? answer.number : {};
    return [number.value, number.unit].filter(Boolean).join(" ");
  },

  reason: (words) => words.noNumber,
};

/** @param {string} name @param {HTMLElement} control */
function fieldWith(name, control) {
  const field = made("div", "field");
  field.append(ours(labelOf(control, name)), control);
  return field;
}

/** @param {string[]} units @param {Record<string, string>} words */
function unitsOf(units, words) {
  const things = units.map((unit) => ({ id: unit, text: unit }));
  return selectOf("unit", things, units.length > 1 ? words.choose : undefined);
}

/** Keypads of telephones have digits and a decimal sign, and no minus. @param {HTMLInputElement} field @param {Record<string, string>} words */
function signOf(field, words) {
  const button = ours(made("button", "button button-plain number-sign", "±"));
  button.type = "button";
  button.setAttribute("aria-label", words.changeSign);
  button.addEventListener("click", () => {
    field.value = /^\s*[-\u2212\u2013]/.test(field.value) ? field.value.trim().slice(1) : `-${field.value.trim()}`;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
  return button;
}
