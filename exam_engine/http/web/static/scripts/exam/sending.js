// Sending: files on their way to the server, one after the other, whatever question is on the screen meanwhile.
// A file that is kept becomes part of its question's answer by an event; saving that answer is the page's own work.

import { ENDINGS, isAway, pause, waitAsked } from "./retrying.js";
import { fill } from "./words.js";

/** @import { Answer } from "./responses.js" */

/** @typedef {{hash: string, name: string, media_type: string, bytes: number}} Kept a file as an answer names it */
/**
 * @typedef {object} Sending
 * @property {number} slot
 * @property {File} file
 * @property {number} share of it that was sent, 0 to 1
 * @property {"waiting" | "sending" | "away" | "refused"} state
 * @property {string} reason why it was refused
 * @property {string} detail the same in the server's words
 */

const NAME_CHARACTERS_MAX = 200;
const PATIENCE_MS = 10 * 60_000;

/** @type {Sending[]} */
let sendings = [];
/** @type {XMLHttpRequest | null} */
let request = null;
/** @type {Record<string, string>} */
let words = {};
let failures = 0;
let waitMs = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {number} slot @returns {Sending[]} what is on its way to a question, or was refused there */
export function sendingsOf(slot) {
  return sendings.filter((sending) => sending.slot === slot);
}

/** @returns {boolean} whether anything is on its way */
export function isSending() {
  return sendings.some((sending) => sending.state !== "refused");
}

/** @param {number} slot @param {File} file @param {Record<string, string>} said the words of the page */
export function send(slot, file, said) {
  words = said;
  sendings.push({ slot, file, share: 0, state: "waiting", reason: "", detail: "" });
  told(slot);
  void sendNext();
}

/** @param {number} slot @param {File} file @param {string} reason why it is not even sent */
export function refuse(slot, file, reason) {
  sendings.push({ slot, file, share: 0, state: "refused", reason, detail: "" });
  told(slot);
}

/** @param {Sending} sending */
export function drop(sending) {
  sendings = sendings.filter((other) => other !== sending);
  told(sending.slot);
}

/** @param {number} slot @param {(answer: Answer) => Answer} [change] what becomes of the answer */
function told(slot, change) {
  document.dispatchEvent(new CustomEvent("files", { detail: { slot, change } }));
}

/** Send what waits, now. */
export async function sendNext() {
  const sending = sendings.find(({ state }) => state === "waiting" || state === "away");
  if (request || !sending) return;
  clearTimeout(timer);
  sending.state = "sending";
  told(sending.slot);
  const kept = await sent(sending);
  request = null;
  if (!sendings.includes(sending)) return;
  if (kept) {
    sendings = sendings.filter((other) => other !== sending);
    told(sending.slot, (answer) => withFile(answer, kept));
  } else told(sending.slot);
  if (sending.state === "away") timer = setTimeout(() => void sendNext(), pause(failures, waitMs));
  else void sendNext();
}

/** The attempt has ended: nothing is sent any more. */
export function stopSending() {
  sendings = [];
  request?.abort();
}

addEventListener("online", () => void sendNext());
addEventListener("beforeunload", (event) => {
  if (isSending()) event.preventDefault();
});

/** @param {Answer} answer @param {Kept} kept @returns {Answer} */
function withFile(answer, kept) {
  const files = filesOf(answer).filter((file) => file.hash !== kept.hash);
  return { files: [...files, kept] };
}

/** @param {Answer} answer @returns {Kept[]} */
export function filesOf(answer) {
  return Array.isArray(answer.files) ? answer.files : [];
}

/** @param {Sending} sending @returns {Promise<Kept | null>} */
function sent(sending) {
  const asked = new XMLHttpRequest(); // fetch does not tell how much of a body was sent
  request = asked;
  return new Promise((resolve) => {
    const query = new URLSearchParams({ name: sending.file.name.slice(-NAME_CHARACTERS_MAX) });
    asked.open("POST", `${addressOf(sending.slot)}?${query}`);
    asked.timeout = PATIENCE_MS;
    asked.setRequestHeader("Accept", "application/json");
    asked.setRequestHeader("Accept-Language", document.documentElement.lang); // a refusal is read on this page
    asked.upload.addEventListener("progress", ({ loaded, total }) => {
      sending.share = total ? loaded / total : 0;
      told(sending.slot);
    });
    asked.addEventListener("loadend", () => resolve(outcome(sending, asked)));
    asked.send(sending.file);
  });
}

/** @param {Sending} sending @param {XMLHttpRequest} reply @returns {Kept | null} */
function outcome(sending, reply) {
  const body = parsed(reply.responseText);
  const mayBeTaken = isAway(reply.status);
  failures = mayBeTaken ? failures + 1 : 0;
  waitMs = waitAsked(reply.getResponseHeader("Retry-After"));
  if (reply.status === 201) return body.file;
  sending.state = mayBeTaken ? "away" : "refused";
  sending.detail = mayBeTaken ? "" : (body.detail ?? "");
  sending.reason = fill(ENDINGS.has(body.code) ? words.fileLate : words.fileNotTaken, { name: sending.file.name });
  return null;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** @param {number} slot @returns {string} nothing where files are not taken, such as in a preview */
export function addressOf(slot) {
  return (document.getElementById("exam")?.dataset.files ?? "").replace("{slot}", String(slot));
}
