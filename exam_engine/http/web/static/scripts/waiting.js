// The waiting room: asks every few seconds where the attempt stands and loads the page again when that changes.

import { timeNow } from "./time.js";

const PAUSE_MS = 3000;
const line = /** @type {HTMLElement | null} */ (document.querySelector("[data-poll]"));

/** @param {HTMLElement} told what it says, where to ask, and what was true when the page was made */
async function look(told) {
  try {
    const reply = await fetch(told.dataset.poll ?? "", { headers: { Accept: "application/json" }, cache: "no-store" });
    if (reply.status === 401) return location.reload();
    if (!reply.ok) throw new Error(String(reply.status));
    const now = await reply.json();
    const standing = `${now.state} ${now.admitted_at !== null}`;
    const isOpen = told.dataset.opens !== undefined && Date.parse(now.server_now) >= Date.parse(told.dataset.opens);
    if (standing !== told.dataset.standing || isOpen) return location.reload();
    told.textContent = (told.dataset.polled ?? "").replace("{time}", timeNow(document.documentElement.lang));
  } catch {
    told.textContent = told.dataset.unreachable ?? "";
  }
  setTimeout(look, PAUSE_MS, told);
}

if (line) void look(line);
