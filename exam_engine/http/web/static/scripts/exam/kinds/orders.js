// Orders: everything shown is brought into one order, with buttons. What was only looked at is no answer: a box says
// whether the order shown is meant, and moving something ticks it.

import { fill, say } from "../words.js";
import { choiceOf, filled, groupOf, made, ours, textOf, wordsOf } from "./parts.js";

/** @import { Family } from "../questions.js" */
/** @import { Thing } from "./parts.js" */

/**
 * What a slot of this family shows besides what every slot has.
 * @typedef {{stem: string, elements: Thing[]}} Order
 */

/** @type {Family<Order>} */
export const orders = {
  show(slot, words, place) {
    const list = made("ol", "order-rows");
    list.setAttribute("role", "list");
    list.append(...slot.elements.map((element, index) => rowOf(element, index, words)));
    const meant = ours(choiceOf("checkbox", "meant", { id: "yes", text: words.orderMeant }));
    place.replaceChildren(groupOf(slot, words.orderHint, words, list, meant));
    tellEnds(list);
  },

  read(place) {
    return box(place).checked ? { ordered: rows(place).map((row) => row.dataset.id) } : {};
  },

  mark(place, answer) {
    const ordered = Array.isArray(answer.ordered) ? answer.ordered : [];
    const list = /** @type {HTMLElement} */ (place.querySelector("ol"));
    box(place).checked = ordered.length === rows(place).length;
    list.append(...rows(place).sort((one, other) => placeIn(ordered, one) - placeIn(ordered, other)));
    tellEnds(list);
  },

  describe(slot, answer) {
    const ordered = Array.isArray(answer.ordered) ? answer.ordered : [];
    return ordered.map((id, index) => `${index + 1}. ${textOf(slot.elements, id)}`).join("; ");
  },
};

/** @param {Thing} element @param {number} index @param {Record<string, string>} words */
function rowOf(element, index, words) {
  const row = made("li", "order-row");
  row.dataset.id = element.id;
  row.dataset.drawn = String(index);
  const said = { text: wordsOf(element.text) };
  row.append(filled(made("span"), element.text));
  row.append(mover(row, -1, "↑", fill(words.moveUp, said), words));
  row.append(mover(row, 1, "↓", fill(words.moveDown, said), words));
  return row;
}

/** @param {HTMLElement} row @param {-1 | 1} step @param {string} sign @param {string} name @param {Record<string, string>} words */
function mover(row, step, sign, name, words) {
  const button = ours(made("button", "button button-plain mover", sign));
  button.type = "button";
  button.dataset.step = String(step);
  button.setAttribute("aria-label", name);
  button.addEventListener("click", () => move(row, button, step, words));
  return button;
}

/** @param {HTMLElement} row @param {HTMLElement} button @param {-1 | 1} step @param {Record<string, string>} words */
function move(row, button, step, words) {
  const list = /** @type {HTMLElement} */ (row.parentElement);
  const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (step < 0) other.before(row);
  else other.after(row);
  button.focus();
  tellEnds(list);
  const facts = { text: row.firstChild?.textContent, place: [...list.children].indexOf(row) + 1 };
  say(fill(words.movedTo, { ...facts, count: list.children.length }));
  box(/** @type {HTMLElement} */ (list.parentElement)).checked = true;
  list.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Say which buttons lead nowhere. They keep the focus, so they are not disabled. @param {HTMLElement} list */
function tellEnds(list) {
  for (const button of list.querySelectorAll("button")) {
    const edge = button.dataset.step === "-1" ? list.firstElementChild : list.lastElementChild;
    button.setAttribute("aria-disabled", String(button.parentElement === edge));
  }
}

/** @param {unknown[]} ordered @param {HTMLElement} row @returns {number} as drawn where the order says nothing of it */
function placeIn(ordered, row) {
  const index = ordered.indexOf(row.dataset.id);
  return index < 0 ? ordered.length + Number(row.dataset.drawn) : index;
}

/** @param {HTMLElement} place @returns {HTMLElement[]} */
function rows(place) {
  return [...place.querySelectorAll("li")];
}

/** @param {HTMLElement} place */
function box(place) {
  return /** @type {HTMLInputElement} */ (place.querySelector("input"));
}
