// The waiting room: asks every few seconds where the attempt stands and loads the page again when that changes.

import { timeNow } from "./time.js";

const PAUSE_MS = 3000;
const line = /** @type {HTMLElement | null} */ (document.querySelector("[data-poll]"));

/** @param {HTMLElement} told @param {string} before */
async function look(told, before) {
  try {
    const reply = await fetch(told.dataset.poll ?? "", { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!reply.ok) throw new Error(String(reply.status));
    const now = await reply.json();
    const seen = `${now.state} ${now.admitted_at}`;
    const isOpen = told.dataset.opens !== undefined && Date.parse(now.server_now) >= Date.parse(told.dataset.opens);
    if ((before && seen !== before) || isOpen) return location.reload();
    told.textContent = (told.dataset.polled ?? "").replace("{time}", timeNow(document.documentElement.lang));
    setTimeout(look, PAUSE_MS, told, seen);
  } catch {
    told.textContent = told.dataset.unreachable ?? "";
    setTimeout(look, PAUSE_MS, told, before);
  }
}

if (line) void look(line, "");
