// The exam page: brings question, map, answers and clock together. The server is right about everything.

import { Answers } from "./answers.js";
import { timeNow } from "../time.js";
import { Clock, face, inWords } from "./clock.js";
import { deliveryTo, standingOf } from "./delivery.js";
import { QuestionMap } from "./map.js";
import { element, isTyped, Question } from "./questions.js";
import { same } from "./responses.js";
import { isSending, stopSending } from "./sending.js";
import { listenForShortcuts } from "./shortcuts.js";
import { showStimulus } from "./stimulus.js";
import { Unsent } from "./unsent.js";
import { fill, say } from "./words.js";

/** @import { Slot } from "./questions.js" */
/** @import { Standing } from "./delivery.js" */

const HEARTBEAT_MS = 60_000;
const ENDING_PAUSE_MS = 1500;
const WARN_MS = 5 * 60_000;
const URGENT_MS = 60_000;

/** @type {{attempt_id: string, deadline_at: string, server_now: string, slots: Slot[]}} */
const paper = read("paper");
/** @type {Record<string, string>} */
const words = read("words");
const language = document.documentElement.lang;
const slots = new Map(paper.slots.map((slot) => [slot.slot, slot]));
const order = [...slots.keys()];

const unsent = new Unsent(paper.attempt_id);
unsent.sweep();
const flags = unsent.flags();
const answers = new Answers(paper.slots, unsent, deliveryTo(paper.attempt_id));
const clock = new Clock(Date.parse(paper.deadline_at), Date.parse(paper.server_now));
const map = new QuestionMap(order, words, visit);
/** @type {Question | null} */
let question = null;
/** @type {string | null} */
let lastSaved = null;
let isEnding = false;

/** @param {string} id */
function read(id) {
  return JSON.parse(element(id).textContent ?? "");
}

// Walking through the paper

/** @param {number} slot */
function visit(slot) {
  element("review-view").hidden = true;
  element("question-view").hidden = false;
  question = new Question(/** @type {Slot} */ (slots.get(slot)), words);
  showStimulus(question.slot, paper.slots, words);
  element("question-title").textContent = fill(words.questionOf, { number: slot, count: order.length });
  /** @type {HTMLButtonElement} */ (element("previous")).disabled = slot === order[0];
  element("next-words").textContent = slot === order.at(-1) ? words.toReview : words.next;
  history.replaceState(null, "", `#${slot}`);
  map.point(slot);
  showState();
  element("question-title").focus();
  scrollTo({ top: 0 });
}

/** @param {number} step */
function walk(step) {
  if (!question) return;
  const next = order[order.indexOf(question.number) + step];
  if (next !== undefined) visit(next);
  else if (step > 0) showReview();
}

function showReview() {
  question = null;
  element("question-view").hidden = true;
  element("review-view").hidden = false;
  history.replaceState(null, "", "#review");
  map.point(null);
  showState();
  element("review-title").focus();
  scrollTo({ top: 0 });
}

function toggleFlag() {
  if (!question) return;
  if (!flags.delete(question.number)) flags.add(question.number);
  unsent.keepFlags(flags);
  showState();
}

// What is shown

function showState() {
  const unanswered = order.filter((slot) => !answers.isAnswered(slot));
  for (const slot of order) {
    map.mark(slot, {
      isAnswered: answers.isAnswered(slot),
      isFlagged: flags.has(slot),
      isUnsaved: answers.isUnsaved(slot),
      isContested: answers.rejected(slot) !== null,
      isRefused: answers.refused(slot) !== null,
    });
  }
  const count = fill(words.answeredOf, { answered: order.length - unanswered.length, count: order.length });
  element("map-count").textContent = count;
  element("review-count").textContent = count;
  map.list("review-unanswered", "review-none-unanswered", unanswered);
  map.list("review-flagged", "review-none-flagged", order.filter((slot) => flags.has(slot)));
  if (question) showCurrent(question);
  showSaving();
}

/** @param {Question} question */
function showCurrent(question) {
  const slot = question.number;
  const [rejected, refused] = [answers.rejected(slot), answers.refused(slot)];
  // Who is writing goes on writing; what is saved instead stands above.
  question.mark(rejected && question.isWritten ? rejected : answers.answer(slot));
  question.place.dataset.unsaved = String(answers.isUnsaved(slot));
  element("withdraw").hidden = !answers.isAnswered(slot) && !refused;
  element("flag").setAttribute("aria-pressed", String(flags.has(slot)));
  const saved = question.describe(answers.saved(slot));
  element("rejected").hidden = rejected === null;
  if (rejected) element("rejected-answer").textContent = question.describe(rejected);
  if (rejected) element("saved-answer").textContent = saved;
  element("refused").hidden = refused === null;
  question.blame(refused ?? [], "refused-words");
  if (refused) element("refused-words").textContent = reasonOf(question);
  if (refused) element("refused-saved").textContent = fill(words.stillSaved, { answer: saved });
}

/** @param {Question} question why the server does not take what stands there */
function reasonOf(question) {
  return question.reason(answers.refused(question.number) ?? []) ?? fill(words.refused, { number: question.number });
}

function showSaving() {
  const count = answers.unsavedCount;
  const isTrouble = count > 0 && answers.failures > 0;
  const state = isTrouble ? "trouble" : count ? "waiting" : lastSaved ? "saved" : "idle";
  const line = { trouble: words.unsaved, waiting: words.saving, saved: words.saved, idle: words.idle }[state];
  element("save-state").dataset.state = state;
  element("save-words").textContent = fill(line, { count, time: lastSaved });
  element("review-unsaved").hidden = count === 0;
}

/** @param {string} title @param {string} text @param {string} [way] */
function showTrouble(title, text, way) {
  element("trouble-title").textContent = title;
  element("trouble-words").textContent = text;
  element("trouble-way").hidden = way === undefined;
  element("trouble-link").textContent = way ?? "";
  element("trouble").hidden = false;
}

// What happens

answers.addEventListener("change", (event) => {
  const { what, slot, delivery } = /** @type {CustomEvent} */ (event).detail;
  if (what === "saved") {
    if (delivery.savedAt) clock.sync(delivery.savedAt, delivery.roundTrip);
    lastSaved = timeNow(language);
    if (element("save-state").dataset.state === "trouble" && !answers.unsavedCount) say(words.allSaved);
    if (!isEnding) element("trouble").hidden = true;
  } else if (what === "rejected") {
    element("spoken-now").textContent = fill(words.contested, { number: slot });
  } else if (what === "refused") {
    if (question && question.number === slot) element("spoken-now").textContent = reasonOf(question);
    else showTrouble(words.refusedTitle, fill(words.refused, { number: slot }));
  } else if (what === "ended") {
    void finish();
  } else if (what === "delayed") {
    if (answers.failures === 1) say(words.lost);
    if (delivery.kind === "signed_out") void regain();
  }
  showState();
});

clock.addEventListener("tick", () => {
  const left = clock.remaining();
  element("clock").textContent = face(left);
  element("clock").dataset.urgency = left <= URGENT_MS ? "urgent" : left <= WARN_MS ? "soon" : "calm";
});
clock.addEventListener("threshold", () => say(fill(words.left, { time: inWords(clock.remaining(), language) })));
clock.addEventListener("over", () => void finish());

/** The end has come, by the clock or by the server: stop, tell, and go to the receipt once there is one. */
async function finish() {
  if (isEnding) return;
  isEnding = true;
  answers.send();
  const controls = element("exam").querySelectorAll("input, select, textarea, button");
  for (const control of controls) control.setAttribute("disabled", "");
  showTrouble(words.overTitle, words.over, words.toReceipt);
  element("trouble").focus();
  // What is still on its way may arrive within the server's grace.
  while (!hasEnded(await standingOf(paper.attempt_id))) {
    await new Promise((resolve) => setTimeout(resolve, ENDING_PAUSE_MS));
  }
  const lost = order.filter((slot) => answers.isUnsaved(slot));
  answers.end();
  stopSending();
  if (lost.length) showTrouble(words.overTitle, fill(words.overUnsaved, { numbers: lost.join(", ") }), words.toReceipt);
  else location.assign(`/my/attempts/${paper.attempt_id}/receipt`);
}

/**
 * The narrow cookie that saves answers comes with this page: load it again, unseen. Whoever must sign in first is told
 * so; where the page leads elsewhere, the exam has ended. The waiting answers are tried again in any case.
 */
async function regain() {
  const reply = await fetch(location.pathname, { cache: "no-store" }).catch(() => null);
  if (!reply) return;
  const { pathname } = new URL(reply.url);
  if (pathname === "/sign-in") showTrouble(words.signedOutTitle, words.signedOut, words.signIn);
  else if (pathname !== location.pathname) await finish();
}

/** @param {Standing | null} standing */
function hasEnded(standing) {
  return standing !== null && standing.state !== "in_progress" && standing.state !== "awaiting";
}

async function beat() {
  const standing = await standingOf(paper.attempt_id);
  if (hasEnded(standing)) await finish();
  if (!standing || isEnding) return;
  clock.deadline = standing.deadline;
  clock.sync(standing.serverNow, standing.roundTrip);
}

/** Take the answer on the screen. @param {boolean} [isTyping] whether more of it may come */
function take(isTyping = false) {
  if (!question) return;
  const before = question.shown;
  const answer = question.read();
  const rejected = answers.rejected(question.number);
  if (same(answer, before)) {
    if (!isTyping) answers.send();
  } else if (rejected && same(rejected, before)) answers.reword(question.number, answer);
  else answers.give(question.number, answer, isTyping);
}

element("question-form").addEventListener("change", () => take());
element("question-form").addEventListener("input", (event) => isTyped(event.target) && take(true));
element("question-form").addEventListener("submit", (event) => event.preventDefault());
// Files are kept before their answer names them; the question may have left the screen meanwhile.
document.addEventListener("files", (event) => {
  const { slot, change } = /** @type {CustomEvent} */ (event).detail;
  if (change) answers.give(slot, change(answers.answer(slot)));
});
element("withdraw").addEventListener("click", () => {
  if (!question) return;
  answers.give(question.number, {});
  question.focus();
});
element("insist").addEventListener("click", () => {
  const rejected = question && answers.rejected(question.number);
  if (question && rejected) answers.give(question.number, rejected);
  element("question-title").focus();
});
element("accept").addEventListener("click", () => {
  if (question) answers.accept(question.number);
  element("question-title").focus();
});
element("previous").addEventListener("click", () => walk(-1));
element("next").addEventListener("click", () => walk(1));
element("flag").addEventListener("click", toggleFlag);
element("review").addEventListener("click", showReview);
element("back").addEventListener("click", () => visit(order[0]));
element("how-long").addEventListener("click", tellTime);
let hasBeenToldOfRefused = false;
element("submission").addEventListener("submit", (event) => {
  const refused = answers.refusedSlots;
  const isWaiting = answers.unsavedCount > 0 || isSending() || !navigator.onLine;
  if (!isWaiting && (!refused.length || hasBeenToldOfRefused)) return;
  event.preventDefault();
  if (!isWaiting) {
    hasBeenToldOfRefused = true;
    showTrouble(words.refusedTitle, fill(words.refusedBeforeHandingIn, { numbers: refused.join(", ") }));
    return;
  }
  answers.send();
  say(words.waitBeforeHandingIn);
});

function tellTime() {
  say("");
  say(fill(words.left, { time: inWords(clock.remaining(), language) }));
}

listenForShortcuts(
  { n: () => walk(1), p: () => walk(-1), f: toggleFlag, t: tellTime, r: showReview },
  (index) => question?.pick(index),
);

addEventListener("online", () => answers.send());
addEventListener("pageshow", (event) => event.persisted && location.reload());
addEventListener("beforeunload", (event) => {
  if (isEnding || !answers.unsavedCount) return;
  answers.send();
  event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") void beat();
  else answers.send();
});
setInterval(() => void beat(), HEARTBEAT_MS * (0.9 + Math.random() / 5));

element("exam").hidden = false;
const asked = Number(location.hash.slice(1));
if (location.hash === "#review") showReview();
else visit(slots.has(asked) ? asked : order[0]);
clock.start();
answers.send();
