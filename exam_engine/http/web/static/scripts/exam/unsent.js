// Unsent answers: kept on this device until the server has acknowledged them, one entry each, per attempt.
// An attempt belongs to one person, and the server shows its page to nobody else; what is left of others is swept.

import { isAnswer } from "./responses.js";

/** @import { Answer } from "./responses.js" */

/**
 * One answer on its way to the server.
 * @typedef {object} Wish
 * @property {number} slot
 * @property {Answer} response
 * @property {number | null} base the revision it builds on; null while an earlier wish for the slot is on its way
 * @property {string} saveId the wish's own name: sending it twice is harmless
 * @property {number} order
 * @property {boolean} tried whether it may have reached the server already
 */

const FAMILY = "exam:";
const SWEEP_AFTER_MS = 24 * 60 * 60 * 1000;

export class Unsent {
  /** @param {string} attemptId */
  constructor(attemptId) {
    this.prefix = `${FAMILY}${attemptId}:`;
  }

  /** @returns {Wish[]} what an earlier page of this attempt could not deliver, in order */
  load() {
    return this.#keys(`${this.prefix}wish:`)
      .map((key) => this.#guard(() => JSON.parse(localStorage.getItem(key) ?? "null")))
      .filter(isWish)
      .sort((one, other) => one.order - other.order);
  }

  /** @param {Wish} wish */
  keep(wish) {
    this.#write(`wish:${wish.saveId}`, wish);
  }

  /** @param {Wish} wish */
  drop(wish) {
    this.#guard(() => localStorage.removeItem(`${this.prefix}wish:${wish.saveId}`));
  }

  /** @returns {Set<number>} the slots flagged for later */
  flags() {
    return this.#guard(() => new Set(JSON.parse(localStorage.getItem(`${this.prefix}flags`) ?? "[]"))) ?? new Set();
  }

  /** @param {Set<number>} slots */
  keepFlags(slots) {
    this.#write("flags", [...slots]);
  }

  /** Forget everything of this attempt: it has ended. */
  forget() {
    for (const key of this.#keys(this.prefix)) localStorage.removeItem(key);
  }

  /** Remove what other attempts left on this device long ago. */
  sweep() {
    for (const key of this.#keys(FAMILY)) {
      if (key.startsWith(this.prefix) || !key.includes(":wish:")) continue;
      const wish = this.#guard(() => JSON.parse(localStorage.getItem(key) ?? "{}"));
      if (!(wish?.order > Date.now() - SWEEP_AFTER_MS)) localStorage.removeItem(key);
    }
  }

  /** @param {string} prefix */
  #keys(prefix) {
    return this.#guard(() => Object.keys(localStorage).filter((key) => key.startsWith(prefix))) ?? [];
  }

  /** @param {string} name @param {unknown} value */
  #write(name, value) {
    this.#guard(() => localStorage.setItem(this.prefix + name, JSON.stringify(value)));
  }

  /**
   * Storage may be full or forbidden, or hold what another edition of the page wrote. Answers then live in this page
   * alone, and leaving it asks first.
   * @template T
   * @param {() => T} touch
   * @returns {T | undefined}
   */
  #guard(touch) {
    try {
      return touch();
    } catch {
      return undefined;
    }
  }
}

/** @param {any} entry @returns {entry is Wish} */
function isWish(entry) {
  return (
    isAnswer(entry) &&
    isAnswer(entry.response) &&
    Number.isInteger(entry.slot) &&
    Number.isInteger(entry.order) &&
    (entry.base === null || Number.isInteger(entry.base)) &&
    typeof entry.saveId === "string"
  );
}
