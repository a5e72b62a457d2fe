// Shortcuts: single keys, off until the candidate switches them on (WCAG 2.1.4), remembered on this device.

import { element, isTyped } from "./questions.js";

const KEY = "exam-shortcuts";

/** @param {Record<string, () => void>} actions by key @param {(index: number) => void} pick */
export function listenForShortcuts(actions, pick) {
  const box = /** @type {HTMLInputElement} */ (element("shortcuts"));
  box.checked = recall() === "on";
  box.addEventListener("change", () => remember(box.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (!box.checked || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    // There, letters are written, or look for an option.
    if (isTyped(event.target) || event.target instanceof HTMLSelectElement) return;
    const action = actions[event.key.toLowerCase()];
    if (action) action();
    else if (/^[1-9]$/.test(event.key)) pick(Number(event.key) - 1);
  });
}

function recall() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** @param {string} value */
function remember(value) {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // Storage is full or forbidden: the choice holds for this page.
  }
}
