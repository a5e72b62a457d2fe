// The question: the item on the screen. How it is shown and answered is known to the family of its kind alone.

import { choices } from "./kinds/choices.js";
import { essays } from "./kinds/essays.js";
import { chosenGaps, typedGaps } from "./kinds/gaps.js";
import { numbers } from "./kinds/numbers.js";
import { orders } from "./kinds/orders.js";
import { pairs } from "./kinds/pairs.js";
import { spots } from "./kinds/spots.js";
import { tables } from "./kinds/tables.js";
import { texts } from "./kinds/texts.js";
import { uploads } from "./kinds/uploads.js";
import { same } from "./responses.js";

/** @import { Answer } from "./responses.js" */
/** @import { Fault } from "./delivery.js" */

/**
 * One place of the paper, with what its kind shows, and what the questions of its set are about.
 * @typedef {{title: string, text: string}} Stimulus
 * @typedef {{slot: number, kind: string, revision: number, response: Answer, stimulus?: Stimulus}} Slot
 */

/**
 * A family of kinds: how its items are shown and answered.
 *
 * `place` is the family's part of the page. It speaks the language of the paper; what is said there in the page's own
 * words is marked with the page's language. The answer on the screen is taken at every `change` event from the place,
 * and at every `input` event from a field for text. `mark` is called with other answers than the one that was read last
 * or marked, so it never comes between people and what they are writing. A control whose name is the last part of a
 * fault's place is the one at fault.
 * @template Shown
 * @typedef {object} Family
 * @property {(slot: Slot & Shown, words: Record<string, string>, place: HTMLElement) => void} show
 *   fill the place with the item, unanswered
 * @property {(place: HTMLElement) => Answer} read the answer on the screen, one form for equal answers
 * @property {(place: HTMLElement, answer: Answer) => void} mark
 *   put an answer on the screen, as far as it fits: it may have been kept on this device by another edition of the page
 * @property {(slot: Slot & Shown, answer: Answer) => string} describe
 *   the answer in words, for comparing it with another; nothing where it says nothing
 * @property {(place: HTMLElement, index: number) => void} [pick] what the single keys 1 to 9 do, counted from 0
 * @property {(words: Record<string, string>) => string} [reason] why a server refuses what can be typed here
 */

/** @type {Record<string, Family<any>>} */
const FAMILIES = {
  single_choice: choices,
  multiple_choice: choices,
  matrix: tables,
  matching: pairs,
  ordering: orders,
  gap_select: chosenGaps,
  gap_text: typedGaps,
  short_text: texts,
  numeric: numbers,
  hotspot: spots,
  essay: essays,
  upload: uploads,
};

const TYPED = "input:not([type=radio], [type=checkbox]), textarea";

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @returns {T}
 */
export function element(id) {
  return /** @type {T} */ (document.getElementById(id));
}

/** @param {unknown} target @returns {target is HTMLElement} whether it is a field into which text is typed */
export function isTyped(target) {
  return target instanceof HTMLElement && target.matches(TYPED);
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
    return this.family.describe(this.slot, answer) || this.words.nothing;
  }

  /** @param {Fault[]} faults @returns {string | undefined} what they say of the fields here, where the page can say it */
  reason(faults) {
    return this.#atFault(faults).length ? this.family.reason?.(this.words) : undefined;
  }

  /** @returns {boolean} whether somebody is writing in it now */
  get isWritten() {
    return this.place.contains(document.activeElement) && isTyped(document.activeElement);
  }

  /** Point out what is at fault. @param {Fault[]} faults @param {string} reasonId the element that says why */
  blame(faults, reasonId) {
    const atFault = this.#atFault(faults);
    for (const field of this.#fields()) {
      field.setAttribute("aria-invalid", String(atFault.includes(field)));
      if (atFault.includes(field)) field.setAttribute("aria-describedby", reasonId);
      else field.removeAttribute("aria-describedby");
    }
  }

  /** @param {Fault[]} faults */
  #atFault(faults) {
    const names = faults.map((fault) => fault.place.split("/").at(-1));
    return this.#fields().filter((field) => names.includes(field.name));
  }

  /** @returns {HTMLInputElement[]} */
  #fields() {
    return [...this.place.querySelectorAll(/** @type {"input"} */ (TYPED))];
  }

  /** @param {number} index */
  pick(index) {
    this.family.pick?.(this.place, index);
  }

  focus() {
    /** @type {HTMLElement | null} */ (this.place.querySelector("input, select, textarea, button"))?.focus();
  }
}
