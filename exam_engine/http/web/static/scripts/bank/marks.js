// Marks: buttons that write the marks of a text around what is selected in the field somebody was last in.

import { askForMedium } from "./media_dialog.js";

const MEDIUM = "medium";
/** @type {Record<string, {before: string, after: string, sample: string, blocks?: boolean}>} */
const MARKS = {
  em: { before: "*", after: "*", sample: "…" },
  strong: { before: "**", after: "**", sample: "…" },
  list: { before: "\n\n- ", after: "\n- ", sample: "…", blocks: true },
  table: { before: "\n\n| ", after: " | … |\n|---|---|\n| … | … |\n", sample: "…", blocks: true },
  formula: { before: "\\(", after: "\\)", sample: "x^2" },
  gap: { before: "[[", after: "]]", sample: "a" },
};

/** @param {HTMLElement} bar @param {HTMLElement} fields */
export function offerMarks(bar, fields) {
  /** @type {HTMLInputElement | HTMLTextAreaElement | null} */
  let field = null;
  const buttons = /** @type {HTMLButtonElement[]} */ ([...bar.querySelectorAll("[data-mark]")]);

  function tell() {
    for (const button of buttons) button.disabled = !fits(String(button.dataset.mark), field);
  }

  fields.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLElement && target.matches("input, textarea")) {
      field = /** @type {HTMLInputElement | HTMLTextAreaElement} */ (target);
      tell();
    }
  });
  bar.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-mark]") : null;
    if (!(button instanceof HTMLElement) || !field?.isConnected) return;
    if (button.dataset.mark === MEDIUM) void insertMedium(field);
    else write(field, String(button.dataset.mark));
  });
  tell();
  bar.hidden = false;
}

/** @param {string} name @param {HTMLElement | null} field */
function fits(name, field) {
  const marks = field?.dataset.marks;
  if (!marks || marks === "words") return false;
  if (name === MEDIUM) return true;
  if (name === "gap") return marks === "passage";
  return !MARKS[name].blocks || (marks !== "line" && field instanceof HTMLTextAreaElement);
}

/** @param {HTMLInputElement | HTMLTextAreaElement} field */
async function insertMedium(field) {
  const [start, end] = [field.selectionStart ?? 0, field.selectionEnd ?? 0];
  const mark = await askForMedium();
  field.focus();
  if (!mark) return;
  field.setRangeText(mark, start, end, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** @param {HTMLInputElement | HTMLTextAreaElement} field @param {string} name */
function write(field, name) {
  const { before, after, sample } = MARKS[name];
  const [start, end] = [field.selectionStart ?? 0, field.selectionEnd ?? 0];
  const said = field.value.slice(start, end) || sample;
  field.setRangeText(before + said + after, start, end, "end");
  field.setSelectionRange(start + before.length, start + before.length + said.length);
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
