// The question: the item on the screen. How it is shown and answered is known to the family of its kind alone.

import { choices } from "./kinds/choices.js";
import { same } from "./responses.js";

/** @import { Answer } from "./responses.js" */

/**
 * One place of the paper, with what its kind shows.
 * @typedef {{slot: number, kind: string, revision: number, response: Answer}} Slot
 */

/**
 * A family of kinds: how its items are shown and answered.
 *
 * `place` is the family's part of the page. It speaks the language of the paper; what is said there in the page's own
 * words is marked with the page's language. The answer on the screen is taken at every `change` event from the place.
 * A family whose answers are typed fires one after a pause of its own: `mark` is called with other answers than the
 * one that was read last, so it never comes between people and what they are writing.
 * @template Shown
 * @typedef {object} Family
 * @property {(slot: Slot & Shown, words: Record<string, string>, place: HTMLElement) => void} show
 *   fill the place with the item, unanswered
 * @property {(place: HTMLElement) => Answer} read the answer on the screen, one form for equal answers
 * @property {(place: HTMLElement, answer: Answer) => void} mark
 *   put an answer on the screen, as far as it fits: it may have been kept on this device by another edition of the page
 * @property {(slot: Slot & Shown, words: Record<string, string>, answer: Answer) => string} describe
 *   the answer in words, for comparing it with the one on the screen
 * @property {(place: HTMLElement, index: number) => void} [pick] what the single keys 1 to 9 do, counted from 0
 */

/** @type {Record<string, Family<any>>} */
const FAMILIES = {
  single_choice: choices,
  multiple_choice: choices,
};

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @returns {T}
 */
export function element(id) {
  return /** @type {T} */ (document.getElementById(id));
}

export class Question {
  /** @param {Slot} slot @param {Record<string, string>} words */
  constructor(slot, words) {
    this.slot = slot;
    this.words = words;
    this.place = element("item");
    this.family = FAMILIES[slot.kind];
    /** @type {Answer} the one on the screen, as it was marked or read last */
    this.shown = {};
    this.family.show(slot, words, this.place);
  }

  /** @returns {number} the slot it has on the paper */
  get number() {
    return this.slot.slot;
  }

  /** @returns {Answer} */
  read() {
    this.shown = this.family.read(this.place);
    return this.shown;
  }

  /** @param {Answer} answer */
  mark(answer) {
    if (same(answer, this.shown)) return;
    this.shown = answer;
    this.family.mark(this.place, answer);
  }

  /** @param {Answer} answer */
  describe(answer) {
    return this.family.describe(this.slot, this.words, answer);
  }

  /** @param {number} index */
  pick(index) {
    this.family.pick?.(this.place, index);
  }

  focus() {
    /** @type {HTMLElement | null} */ (this.place.querySelector("input, select, textarea, button"))?.focus();
  }
}
