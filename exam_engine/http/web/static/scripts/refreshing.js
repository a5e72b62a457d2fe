// A part of the page that brings itself up to date, unless somebody is working in it.

import { timeNow } from "./time.js";

const PAUSE_MS = 5000;
const part = /** @type {HTMLElement | null} */ (document.querySelector("[data-refresh]"));
const line = /** @type {HTMLElement | null} */ (document.getElementById("refreshed"));

/** @param {HTMLElement} live @param {HTMLElement} told */
async function refresh(live, told) {
  try {
    const reply = await fetch(live.dataset.refresh ?? "", { headers: { Accept: "text/html" }, cache: "no-store" });
    // Whoever must sign in again is led to the door, not shown it inside the list.
    if (reply.redirected) return location.reload();
    if (!reply.ok) throw new Error(String(reply.status));
    const fresh = await reply.text();
    // A menu that somebody has opened or tabbed into must not vanish under their hands.
    if (!live.contains(document.activeElement)) {
      live.innerHTML = fresh;
      told.textContent = (live.dataset.refreshed ?? "").replace("{time}", timeNow(document.documentElement.lang));
    }
  } catch {
    told.textContent = live.dataset.unreachable ?? "";
  }
  setTimeout(refresh, PAUSE_MS, live, told);
}

if (part && line) setTimeout(refresh, PAUSE_MS, part, line);
