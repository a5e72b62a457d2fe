// The map: every question with its state, as buttons; the review lists what is left to do.

import { element } from "./questions.js";

/** @typedef {{isAnswered: boolean, isFlagged: boolean, isUnsaved: boolean, isContested: boolean, isRefused: boolean}} Marks */

export class QuestionMap {
  /**
   * @param {number[]} slots
   * @param {Record<string, string>} words
   * @param {(slot: number) => void} visit
   */
  constructor(slots, words, visit) {
    this.words = words;
    this.visit = visit;
    /** @type {Map<number, HTMLButtonElement>} */
    this.cells = new Map(slots.map((slot) => [slot, this.#button(slot, "map-cell", String(slot))]));
    element("map").replaceChildren(...[...this.cells.values()].map(listItem));
  }

  /** @param {number} slot @param {Marks} marks */
  mark(slot, marks) {
    const cell = /** @type {HTMLButtonElement} */ (this.cells.get(slot));
    cell.dataset.answered = String(marks.isAnswered);
    cell.dataset.flagged = String(marks.isFlagged);
    cell.dataset.unsaved = String(marks.isUnsaved || marks.isContested || marks.isRefused);
    const states = [
      marks.isAnswered ? this.words.answered : this.words.notAnswered,
      marks.isFlagged && this.words.flagged,
      marks.isUnsaved && this.words.notSavedYet,
      marks.isContested && this.words.changedElsewhere,
      marks.isRefused && this.words.notAccepted,
    ];
    cell.setAttribute("aria-label", [this.#name(slot), ...states.filter(Boolean)].join(", "));
  }

  /** @param {number | null} current */
  point(current) {
    for (const [slot, cell] of this.cells) {
      if (slot === current) cell.setAttribute("aria-current", "true");
      else cell.removeAttribute("aria-current");
    }
  }

  /** @param {string} listId @param {string} noneId @param {number[]} slots */
  list(listId, noneId, slots) {
    element(listId).replaceChildren(
      ...slots.map((slot) => {
        const button = this.#button(slot, "map-cell", String(slot));
        button.setAttribute("aria-label", this.#name(slot));
        return listItem(button);
      }),
    );
    element(noneId).hidden = slots.length > 0;
  }

  /** @param {number} slot */
  #name(slot) {
    return this.words.question.replace("{number}", String(slot));
  }

  /** @param {number} slot @param {string} className @param {string} text */
  #button(slot, className, text) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = className;
    button.textContent = text;
    button.addEventListener("click", () => this.visit(slot));
    return button;
  }
}

/** @param {HTMLElement} child */
function listItem(child) {
  const item = document.createElement("li");
  item.append(child);
  return item;
}
