// Parts: what families build their items of. A control is named by what it answers.

import { isAnswer } from "../responses.js";

/** @import { Answer } from "../responses.js" */
/** @typedef {{id: string, text: string}} Thing */

export const TYPED_CHARACTERS_MAX = 200;

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {string} text
 */
export function made(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

/**
 * Mark what is said in the page's own words: its place speaks the language of the paper.
 * @template {HTMLElement} T
 * @param {T} element
 * @returns {T}
 */
export function ours(element) {
  element.lang = document.documentElement.lang;
  return element;
}

/** @param {string} stem @param {string} hint how to answer @param {...HTMLElement} parts @returns the whole item */
export function groupOf(stem, hint, ...parts) {
  const legend = made("legend", "stem");
  legend.append(...stem.split(/\n\s*\n/).map((text) => made("p", "", text.trim())));
  const help = ours(made("p", "hint", hint));
  help.id = "item-hint";
  const group = made("fieldset", "item");
  group.setAttribute("aria-describedby", help.id);
  group.append(legend, help, ...parts);
  return group;
}

/** @param {"radio" | "checkbox"} type @param {string} name @param {Thing} thing */
export function choiceOf(type, name, thing) {
  const label = made("label", "choice");
  label.append(boxOf(type, name, thing.id), made("span", "", thing.text));
  return label;
}

/** @param {"radio" | "checkbox"} type @param {string} name @param {string} value */
export function boxOf(type, name, value) {
  const input = made("input");
  input.type = type;
  input.name = name;
  input.value = value;
  return input;
}

/** @param {string} name @param {readonly Thing[]} things @param {string} [open] shown while nothing is chosen */
export function selectOf(name, things, open) {
  const select = made("select", "input");
  select.name = name;
  select.id = `answer-${name}`;
  if (open !== undefined) select.append(ours(new Option(open, "")));
  select.append(...things.map((thing) => new Option(thing.text, thing.id)));
  return select;
}

/** @param {string} name @returns a field for a few words, in which nothing helps and nothing corrects */
export function fieldOf(name) {
  const input = made("input", "input");
  input.name = name;
  input.id = `answer-${name}`;
  input.maxLength = TYPED_CHARACTERS_MAX;
  input.autocomplete = "off";
  input.spellcheck = false;
  input.setAttribute("autocapitalize", "none");
  input.setAttribute("autocorrect", "off");
  return input;
}

/** @param {HTMLElement} control @param {string} text */
export function labelOf(control, text, className = "") {
  const label = made("label", className, text);
  label.htmlFor = control.id;
  return label;
}

/** @param {HTMLElement} place @returns {(HTMLInputElement | HTMLSelectElement)[]} */
export function controls(place) {
  return [...place.querySelectorAll(/** @type {"input"} */ ("input, select"))];
}

/** @param {HTMLElement} place @returns {Record<string, string>} what is chosen or typed, by name; nothing of what is open */
export function filledIn(place) {
  /** @type {Record<string, string>} */
  const values = {};
  for (const control of controls(place)) {
    const value = control.type === "radio" && !(/** @type {HTMLInputElement} */ (control).checked) ? "" : control.value;
    const said = value.trim().normalize("NFC");
    if (said) values[control.name] = said;
  }
  return values;
}

/** @param {HTMLElement} place @param {unknown} values as `filledIn` returns them; what does not fit is left open */
export function fillIn(place, values) {
  const wanted = isAnswer(values) ? values : {};
  for (const control of controls(place)) {
    const value = String(wanted[control.name] ?? "");
    if (control instanceof HTMLSelectElement) {
      control.value = value;
      if (control.selectedIndex < 0) control.selectedIndex = 0;
    } else if (control.type === "radio") control.checked = control.value === value;
    else control.value = value;
  }
}

/** @param {readonly Thing[]} things @param {unknown} id @returns {string} nothing for what is none of them */
export function textOf(things, id) {
  return things.find((thing) => thing.id === id)?.text ?? "";
}
