// Parts: what families build their items of. A control is named by what it answers.

import { isAnswer } from "../responses.js";

/** @import { Answer } from "../responses.js" */
/** @typedef {{id: string, text: string}} Thing its text is HTML of the closed set that the server makes of marked text */

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
 * @template {HTMLElement} T
 * @param {T} element
 * @param {string} html as the server wrote it of marked text; media are asked for at the attempt's own address
 * @returns {T}
 */
export function filled(element, html) {
  element.classList.add("written");
  element.replaceChildren(...parsed(html).childNodes);
  for (const table of element.querySelectorAll("table")) table.tabIndex = 0; // a wide one is scrolled by keyboard too
  return element;
}

/** @param {string} html as the server wrote it of marked text @returns {string} its words; what words there are for media */
export function wordsOf(html) {
  const content = parsed(html);
  for (const picture of content.querySelectorAll("img")) picture.replaceWith(picture.alt);
  for (const sound of content.querySelectorAll("audio")) sound.replaceWith(sound.ariaLabel ?? "");
  for (const formula of content.querySelectorAll("math")) {
    formula.replaceWith(formula.querySelector("annotation")?.textContent ?? "");
  }
  return content.textContent?.trim() ?? "";
}

/** @param {readonly Thing[]} things @returns {Thing[]} the same in words, for where nothing else can be shown */
export function inWords(things) {
  return things.map(({ id, text }) => ({ id, text: wordsOf(text) }));
}

/** @param {string} html @returns {boolean} whether words alone say less than it shows */
export function isMarked(html) {
  return parsed(html).childElementCount > 0;
}

/** @param {string} html @returns {DocumentFragment} */
function parsed(html) {
  const template = made("template");
  template.innerHTML = html;
  for (const element of template.content.querySelectorAll("[src], [href]")) {
    const name = element.hasAttribute("src") ? "src" : "href";
    element.setAttribute(name, mediumAddress(element.getAttribute(name) ?? ""));
  }
  return template.content;
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

/**
 * @param {{stem: string, counts?: string}} slot `counts` is the way of counting, where an answer can be right in part
 * @param {string} hint how to answer
 * @param {Record<string, string>} words
 * @param {...HTMLElement} parts
 * @returns the whole item
 */
export function groupOf(slot, hint, words, ...parts) {
  const stem = filled(made("div", "stem"), slot.stem);
  // The question is what a text ends with; a table above it is for reading, not for being a name.
  const question = /** @type {HTMLElement} */ (stem.lastElementChild);
  question.id = "item-question";
  const help = ours(made("p", "hint", [hint, words[`counts_${slot.counts}`]].filter(Boolean).join(" ")));
  help.id = "item-hint";
  const group = made("fieldset", "item");
  group.setAttribute("aria-labelledby", question.id);
  group.setAttribute("aria-describedby", help.id);
  group.append(stem, help, ...parts);
  return group;
}

/** @param {"radio" | "checkbox"} type @param {string} name @param {Thing} thing */
export function choiceOf(type, name, thing) {
  const label = made("label", "choice");
  label.append(boxOf(type, name, thing.id), filled(made("span"), thing.text));
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

/** @param {string} name @param {readonly Thing[]} things their texts words alone @param {string} [open] shown while nothing is chosen */
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
  return wordsOf(things.find((thing) => thing.id === id)?.text ?? "");
}

/** @param {string} reference `media:<sha256>.<suffix>` @returns {string} where whoever sees this page may load it */
export function mediumAddress(reference) {
  const address = document.getElementById("exam")?.dataset.media ?? "";
  return address.replace("{hash}", reference.match(/^media:([0-9a-f]{64})/)?.[1] ?? "");
}
