// The authoring form: what is typed is saved when typing pauses; the server says how it stands and writes the rows.

import { fill } from "../exam/words.js";
import { element } from "../exam/questions.js";
import { timeNow } from "../time.js";
import { offerMarks } from "./marks.js";
import { Preview } from "./preview.js";
import { drawSpots } from "./spots.js";

/** @typedef {{words: string, place: string, found: string, href: string, field: string}} Asked */

const PAUSE_MS = 1000;
const AGAIN_MS = 5000;

/** @type {HTMLFormElement} */
const form = element("writing");
const saved = element("saved");
const preview = new Preview(() => new FormData(form));
/** @type {number | undefined} */
let timer;
let isSaving = false;
let isChanged = false;
let isContested = false;
let insisted = "";
/** @type {HTMLButtonElement | null} */
let pressed = null;

offerMarks(element("marks"), element("fields"));
drawSpots(element("fields"));
form.addEventListener("input", () => later(PAUSE_MS));
form.addEventListener("change", () => later(PAUSE_MS));
form.addEventListener("submit", (event) => {
  const button = /** @type {SubmitEvent} */ (event).submitter;
  if (button instanceof HTMLButtonElement && button.name === "rows") {
    event.preventDefault();
    void changeRows(button);
  } else if (button instanceof HTMLButtonElement && button.value === "look") {
    event.preventDefault();
    isChanged = true;
    void save();
  } else if (isSaving) {
    event.preventDefault();
    pressed = /** @type {HTMLButtonElement} */ (button); // what is on its way makes the copy that this would throw away
  } else {
    isChanged = false;
    clearTimeout(timer);
  }
});
addEventListener("pagehide", leave);
addEventListener("beforeunload", (event) => {
  if (isChanged && isContested) event.preventDefault();
});
element("insist").addEventListener("click", () => {
  isContested = false;
  element("conflict").hidden = true;
  isChanged = true;
  void save();
});
element("reload").addEventListener("click", () => {
  isChanged = false;
  const copy = field("copy").value;
  location.assign(field("item").value ? location.href : `/bank/items/new?copy=${copy}`);
});

/** @param {string} name @returns {HTMLInputElement} */
function field(name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}

/** @param {number} pause */
function later(pause) {
  isChanged = true;
  clearTimeout(timer);
  timer = setTimeout(save, pause);
}

async function save() {
  if (isSaving || isContested || !isChanged) return;
  clearTimeout(timer);
  isSaving = true;
  isChanged = false;
  saved.textContent = saved.dataset.saving ?? "";
  const facts = new FormData(form);
  if (insisted) facts.set("insist", insisted);
  try {
    const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
    const reply = await fetch("/bank/writing/copy", { method: "POST", body: facts, headers });
    const told = await reply.json();
    if (reply.ok) take(told);
    else if (reply.status === 412) contest(told);
    else refuse(told);
  } catch {
    wait();
  } finally {
    isSaving = false;
    if (pressed) form.requestSubmit(pressed);
    else if (isChanged) later(isContested ? AGAIN_MS : PAUSE_MS);
  }
}

function wait() {
  saved.textContent = saved.dataset.unsaved ?? "";
  isChanged = true;
  timer = setTimeout(save, AGAIN_MS);
}

/** @param {{copy: string, revision: number, slot: any, faults: Record<string, string>, questions: Asked[]}} told */
function take(told) {
  insisted = "";
  field("copy").value = told.copy;
  field("revision").value = String(told.revision);
  saved.textContent = fill(saved.dataset.saved ?? "", { time: timeNow(document.documentElement.lang) });
  preview.show(told.slot);
  showFaults(told.faults);
  showQuestions(told.questions);
}

/** Another window wrote over it. @param {{revision: number, theirs: string, mine: string}} told */
function contest(told) {
  isContested = true;
  isChanged = true;
  insisted = String(told.revision);
  /** @type {HTMLTextAreaElement} */ (element("theirs")).value = told.theirs;
  /** @type {HTMLTextAreaElement} */ (element("mine")).value = told.mine;
  element("conflict").hidden = false;
  saved.textContent = "";
  element("conflict").scrollIntoView({ block: "start" });
  element("theirs").focus();
}

/** What was typed stays in the form. @param {{detail?: string}} told */
function refuse(told) {
  saved.textContent = told.detail ?? saved.dataset.unsaved ?? "";
}

function leave() {
  if (!isChanged || isContested) return;
  const facts = new FormData(form);
  void fetch("/bank/writing/copy", { method: "POST", body: facts, keepalive: true, headers: { Accept: "application/json" } });
}

/** @param {Record<string, string>} faults by the name of the field, or by a place where there is none */
function showFaults(faults) {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-fault]"))) {
    const name = place.dataset.fault ?? "";
    const message = faults[name] ?? "";
    place.hidden = !message;
    /** @type {HTMLElement} */ (place.lastElementChild).textContent = message;
    document.getElementById(name)?.setAttribute("aria-invalid", String(Boolean(message)));
  }
}

/** @param {Asked[]} questions */
function showQuestions(questions) {
  const lines = questions.map((asked) => {
    const line = document.createElement("li");
    const about = document.createElement("span");
    const place = document.createElement("code");
    about.className = "soft";
    place.textContent = asked.place;
    const found = document.createElement(asked.href ? "a" : "span");
    if (found instanceof HTMLAnchorElement) found.href = asked.href;
    found.textContent = asked.found;
    about.append(place, " ", found);
    line.append(`${asked.words} `, about);
    return line;
  });
  element("questions").replaceChildren(...lines);
}

/** The server writes the rows, as it does without script. @param {HTMLButtonElement} button */
async function changeRows(button) {
  const verb = button.value.split(" ")[0];
  const list = button.closest("[data-rows]")?.getAttribute("data-rows") ?? "";
  const before = rowsIn(list).indexOf(/** @type {HTMLElement} */ (button.closest("[data-row]")));
  const sent = new FormData(form, button);
  try {
    const reply = await fetch("/bank/writing", { method: "POST", body: sent });
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const written = page.getElementById("fields");
    if (!reply.ok || !written) return wait();
    const typed = typedSince(sent);
    element("fields").replaceChildren(...written.childNodes);
    for (const [name, value] of typed) {
      const field = form.elements.namedItem(nameAfter(name, list, verb, before));
      if (field && "value" in field) field.value = value;
    }
  } catch {
    return wait();
  }
  const rows = rowsIn(list);
  const at = { add: rows.length - 1, up: before - 1, down: before + 1, remove: before }[verb] ?? 0;
  const row = rows[Math.max(0, Math.min(at, rows.length - 1))];
  const same = verb === "add" ? "input:not([type=hidden]), textarea, select" : `button[value^="${verb}"]`;
  /** @type {HTMLElement | null | undefined} */ (row?.querySelector(same))?.focus();
  later(0);
}

/** What was typed while the server wrote the rows. @param {FormData} sent @returns {[string, string][]} by name */
function typedSince(sent) {
  const fields = [...element("fields").querySelectorAll("textarea, select, input[type=text], input[type=number], input:not([type])")];
  return fields
    .map((field) => /** @type {HTMLInputElement} */ (field))
    .filter((field) => field.name && sent.get(field.name) !== field.value)
    .map((field) => [field.name, field.value]);
}

/**
 * The name of a field once a row was moved; names of rows have their number.
 * @param {string} name @param {string} list @param {string} verb @param {number} at the row that moves
 */
function nameAfter(name, list, verb, at) {
  const found = list && name.startsWith(`${list}/-`) ? /^\d+/.exec(name.slice(list.length + 2)) : null;
  if (!found) return name;
  const row = Number(found[0]);
  const moved = { up: [at - 1, at], down: [at, at + 1] }[verb];
  let number = row;
  if (moved) number = moved.includes(row) ? moved[0] + moved[1] - row : row;
  else if (verb === "remove") number = row > at ? row - 1 : row === at ? NaN : row;
  return `${list}/-${number}${name.slice(list.length + 2 + found[0].length)}`;
}

/** @param {string} list @returns {HTMLElement[]} */
function rowsIn(list) {
  return [...form.querySelectorAll(`[data-rows="${CSS.escape(list)}"] > ol > li`)].map((row) => /** @type {HTMLElement} */ (row));
}
