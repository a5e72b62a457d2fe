// Texts: a word or a few, typed into one field.

import { fieldOf, filledIn, fillIn, groupOf, labelOf, made, ours } from "./parts.js";

/** @import { Family } from "../questions.js" */

/** @type {Family<{stem: string}>} */
export const texts = {
  show(slot, words, place) {
    const field = fieldOf("text");
    const row = made("div", "field");
    row.append(ours(labelOf(field, words.yourAnswer)), field);
    place.replaceChildren(groupOf(slot, words.typeText, words, row));
  },

  read: filledIn,

  mark: fillIn,

  describe(_slot, answer) {
    return String(answer.text ?? "");
  },
};
