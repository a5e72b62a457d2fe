// The answer in hand: while somebody works on it, the server is asked to keep a place for their marks.

import { element } from "../exam/questions.js";

const PAUSE_MS = 5 * 60 * 1000;
/** @type {HTMLFormElement} */
const form = element("marks");
let asked = Date.now();

form.addEventListener("input", () => {
  if (Date.now() - asked < PAUSE_MS) return;
  asked = Date.now();
  void keep();
});

/** A page is answered with a redirect, which is not followed: that it came is enough. */
async function keep() {
  try {
    const reply = await fetch(form.dataset.hold ?? "", { method: "POST", redirect: "manual" });
    element("lost").hidden = reply.ok || reply.type === "opaqueredirect";
  } catch {
    // Without a connection the time that is left has to do; the next sign of work asks again.
  }
}
