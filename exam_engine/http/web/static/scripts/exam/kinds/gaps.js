// Gaps: running text with controls in it, to choose from or to type into.

import { isAnswer } from "../responses.js";
import { fill } from "../words.js";
import { fieldOf, filledIn, fillIn, groupOf, labelOf, made, ours, selectOf, textOf } from "./parts.js";

/** @import { Family } from "../questions.js" */
/** @import { Thing } from "./parts.js" */

/** @typedef {{text?: string, gap?: string, options?: Thing[]}} Part a piece of the text, or a gap by its id */
/**
 * What a slot of this family shows besides what every slot has.
 * @typedef {{stem: string, passage: Part[]}} Passage
 */

const GAP_CHARACTERS = 14;

/** @type {Family<Passage>} */
export const chosenGaps = gapsOf("chooseGaps", (gap, words) => selectOf(gap.id, gap.options, words.choose));

/** @type {Family<Passage>} */
export const typedGaps = gapsOf("typeGaps", (gap) => {
  const field = fieldOf(gap.id);
  field.size = GAP_CHARACTERS;
  return field;
});

/**
 * @param {string} hint the name of the words that say how to answer
 * @param {(gap: {id: string, options: Thing[]}, words: Record<string, string>) => HTMLElement} control
 * @returns {Family<Passage>}
 */
function gapsOf(hint, control) {
  return {
    show(slot, words, place) {
      const count = gapsIn(slot).length;
      const passage = made("div", "passage");
      let paragraph = made("p");
      let number = 0;
      for (const part of slot.passage) {
        if (part.gap === undefined) {
          const [first, ...others] = (part.text ?? "").split(/\n\s*\n/);
          paragraph.append(first);
          for (const text of others) {
            passage.append(paragraph);
            paragraph = made("p", "", text);
          }
        } else {
          const field = control({ id: part.gap, options: part.options ?? [] }, words);
          number += 1;
          paragraph.append(ours(labelOf(field, fill(words.gap, { number, count }), "unseen")), field);
        }
      }
      passage.append(paragraph);
      place.replaceChildren(groupOf(slot.stem, words[hint], passage));
    },

    read(place) {
      const filled = filledIn(place);
      return Object.keys(filled).length ? { filled } : {};
    },

    mark(place, answer) {
      fillIn(place, answer.filled);
    },

    describe(slot, answer) {
      const filled = isAnswer(answer.filled) ? answer.filled : {};
      return gapsIn(slot)
        .map((part, index) => ({ number: index + 1, part, value: filled[part.gap ?? ""] }))
        .filter(({ value }) => value !== undefined)
        .map(({ number, part, value }) => `(${number}) ${part.options ? textOf(part.options, value) : value}`)
        .join("; ");
    },
  };
}

/** @param {Passage} slot */
function gapsIn(slot) {
  return slot.passage.filter((part) => part.gap !== undefined);
}
