// Answers: what is answered and what of it the server has acknowledged. One save is on its way at a time, in order.
// A save that found another revision is never forced: the candidate sees both states and chooses.

import { isEmpty, same } from "./responses.js";

/** @import { Unsent, Wish } from "./unsent.js" */
/** @import { Delivery } from "./delivery.js" */
/** @import { Answer } from "./responses.js" */

/**
 * @typedef {object} Known what is known of the answer to one question
 * @property {number} revision the last one known to be on the server
 * @property {Answer} saved what that revision holds
 * @property {Answer | null} rejected this window's answer that lost against another window's
 */

const PAUSE_MS = 1000;
const PAUSE_MS_MAX = 15000;

export class Answers extends EventTarget {
  /**
   * @param {{slot: number, revision: number, response: Answer}[]} slots
   * @param {Unsent} unsent
   * @param {(wish: Wish) => Promise<Delivery>} deliver
   */
  constructor(slots, unsent, deliver) {
    super();
    /** @type {Map<number, Known>} */
    this.known = new Map(
      slots.map(({ slot, revision, response }) => [slot, { revision, saved: response, rejected: null }]),
    );
    this.unsent = unsent;
    this.deliver = deliver;
    this.wishes = unsent.load().filter((wish) => this.known.has(wish.slot));
    this.failures = 0;
    this.isOver = false;
    this.isSending = false;
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  /** @param {number} slot @returns {Answer} what is to be shown */
  answer(slot) {
    return this.#lastWish(slot)?.response ?? this.#known(slot).saved;
  }

  /** @param {number} slot */
  isAnswered(slot) {
    return !isEmpty(this.answer(slot));
  }

  /** @param {number} slot */
  rejected(slot) {
    return this.#known(slot).rejected;
  }

  /** @param {number} slot */
  isUnsaved(slot) {
    return this.wishes.some((wish) => wish.slot === slot);
  }

  /** @returns {number} how many questions have an answer that is not acknowledged */
  get unsavedCount() {
    return new Set(this.wishes.map((wish) => wish.slot)).size;
  }

  /**
   * Give an answer, the empty one to take it back, and send it on its way.
   * @param {number} slot
   * @param {Answer} response
   */
  give(slot, response) {
    if (this.isOver) return;
    const known = this.#known(slot);
    known.rejected = null;
    const last = this.#lastWish(slot);
    if (last && !last.tried) this.#remove(last);
    const before = this.#lastWish(slot);
    const base = before ? null : known.revision;
    const wish = { slot, response, base, saveId: randomName(), order: this.#nextOrder(), tried: false };
    this.wishes.push(wish);
    this.unsent.keep(wish);
    this.#changed("given", slot);
    this.send();
  }

  /** Leave the other window's answer as it is saved. @param {number} slot */
  accept(slot) {
    this.#known(slot).rejected = null;
    this.#changed("accepted", slot);
  }

  /** Send now, also when the last try failed. */
  send() {
    clearTimeout(this.timer);
    if (!this.isSending && !this.isOver) void this.#sendAll();
  }

  /** The attempt has ended: nothing is sent or kept any more. */
  end() {
    this.isOver = true;
    clearTimeout(this.timer);
    this.unsent.forget();
  }

  async #sendAll() {
    this.isSending = true;
    while (this.wishes.length && !this.isOver) {
      const wish = this.wishes[0];
      wish.tried = true;
      this.unsent.keep(wish);
      const delivery = await this.deliver(wish);
      if (this.isOver) break;
      if (!this.#settle(wish, delivery)) break;
    }
    this.isSending = false;
  }

  /** @param {Wish} wish @param {Delivery} delivery @returns {boolean} whether to go on with the next one */
  #settle(wish, delivery) {
    switch (delivery.kind) {
      case "saved":
        this.failures = 0;
        this.#acknowledge(wish, delivery.revision);
        this.#changed("saved", wish.slot, delivery);
        return true;
      case "stale":
        this.failures = 0;
        this.#giveWay(wish, delivery);
        return true;
      case "refused":
        this.#removeAll(wish.slot);
        this.#changed("refused", wish.slot, delivery);
        return true;
      case "ended":
        this.#changed("ended", wish.slot, delivery);
        return false;
      default:
        this.failures += 1;
        this.#changed("delayed", wish.slot, delivery);
        this.timer = setTimeout(() => this.send(), Math.max(pause(this.failures), delivery.waitMs ?? 0));
        return false;
    }
  }

  /** @param {Wish} wish @param {number} revision */
  #acknowledge(wish, revision) {
    const known = this.#known(wish.slot);
    // A wish of an earlier page may be acknowledged late; what the server shows since then is newer.
    if (revision >= known.revision) {
      known.revision = revision;
      known.saved = wish.response;
    }
    this.#remove(wish);
    const following = this.wishes.find((other) => other.slot === wish.slot);
    if (following) {
      following.base = revision;
      this.unsent.keep(following);
    }
  }

  /** @param {Wish} wish @param {Extract<Delivery, {kind: "stale"}>} current */
  #giveWay(wish, current) {
    const known = this.#known(wish.slot);
    const wanted = this.answer(wish.slot);
    this.#removeAll(wish.slot);
    known.revision = current.revision;
    known.saved = current.response;
    const isSame = same(wanted, current.response);
    known.rejected = isSame ? null : wanted;
    this.#changed(isSame ? "saved" : "rejected", wish.slot, current);
  }

  /** @param {number} slot */
  #known(slot) {
    return /** @type {Known} */ (this.known.get(slot));
  }

  /** @param {number} slot */
  #lastWish(slot) {
    return this.wishes.findLast((wish) => wish.slot === slot);
  }

  /** @param {Wish} wish */
  #remove(wish) {
    this.wishes = this.wishes.filter((other) => other !== wish);
    this.unsent.drop(wish);
  }

  /** @param {number} slot */
  #removeAll(slot) {
    for (const wish of this.wishes.filter((other) => other.slot === slot)) this.#remove(wish);
  }

  #nextOrder() {
    return Math.max(Date.now(), ...this.wishes.map((wish) => wish.order + 1));
  }

  /** @param {string} what @param {number} slot @param {Delivery} [delivery] */
  #changed(what, slot, delivery) {
    this.dispatchEvent(new CustomEvent("change", { detail: { what, slot, delivery } }));
  }
}

/** @param {number} failures @returns {number} milliseconds: doubling, bounded, and spread so that a room full of exams does not knock at once */
export function pause(failures) {
  return Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

function randomName() {
  // Not crypto.randomUUID: an installation inside a school may be served without https.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
