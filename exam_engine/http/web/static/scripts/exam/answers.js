// Answers: what is answered and what of it the server has acknowledged. One save is on its way at a time, in order.
// A save that found another revision is never forced: the candidate sees both states and chooses. What came to nothing
// stays on this device like what is unsent, until another answer is given in its place.

import { isEmpty, same } from "./responses.js";
import { pause } from "./retrying.js";

/** @import { Unsent, Wish } from "./unsent.js" */
/** @import { Delivery, Fault } from "./delivery.js" */
/** @import { Answer } from "./responses.js" */

/**
 * @typedef {object} Known what is known of the answer to one question
 * @property {number} revision the last one known to be on the server
 * @property {Answer} saved what that revision holds
 * @property {Wish | null} rejected this window's answer that lost against another window's
 * @property {{wish: Wish, faults: Fault[]} | null} refused this window's answer that the server does not take
 */

const TYPING_PAUSE_MS = 600;
const TYPING_PAUSE_MS_MAX = 60000;
const SAVES_TO_DOUBLE = 100;

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
      slots.map(({ slot, revision, response }) => [slot, { revision, saved: response, rejected: null, refused: null }]),
    );
    this.unsent = unsent;
    this.deliver = deliver;
    this.wishes = unsent.load().filter((wish) => this.known.has(wish.slot));
    this.failures = 0;
    this.isOver = false;
    this.isSending = false;
    this.isTyping = false;
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  /** @param {number} slot @returns {Answer} what is to be shown */
  answer(slot) {
    return this.#lastWish(slot)?.response ?? this.#known(slot).refused?.wish.response ?? this.#known(slot).saved;
  }

  /** @param {number} slot @returns {Answer} what the server holds */
  saved(slot) {
    return this.#known(slot).saved;
  }

  /** @param {number} slot */
  isAnswered(slot) {
    return !isEmpty(this.#lastWish(slot)?.response ?? this.#known(slot).saved);
  }

  /** @param {number} slot @returns {Answer | null} this window's answer that lost against another window's */
  rejected(slot) {
    return this.#known(slot).rejected?.response ?? null;
  }

  /** @param {number} slot @returns {Fault[] | null} why the server does not take the answer that is shown */
  refused(slot) {
    return this.#known(slot).refused?.faults ?? null;
  }

  /** @param {number} slot */
  isUnsaved(slot) {
    return this.wishes.some((wish) => wish.slot === slot);
  }

  /** @returns {number[]} the questions whose answer the server does not take */
  get refusedSlots() {
    return [...this.known].filter(([, { refused }]) => refused).map(([slot]) => slot);
  }

  /** @returns {number} how many questions have an answer that is not acknowledged */
  get unsavedCount() {
    return new Set(this.wishes.map((wish) => wish.slot)).size;
  }

  /**
   * Give an answer, the empty one to take it back, and send it on its way.
   * @param {number} slot
   * @param {Answer} response
   * @param {boolean} [isTyping] whether more of it may come: it is kept at once, and sent after a pause
   */
  give(slot, response, isTyping = false) {
    if (this.isOver) return;
    this.#forgetLost(slot);
    const last = this.#lastWish(slot);
    if (last && !last.tried) this.#remove(last);
    const before = this.#lastWish(slot);
    const base = before ? null : this.#known(slot).revision;
    const wish = { slot, response, base, saveId: randomName(), order: this.#nextOrder(), tried: false };
    this.wishes.push(wish);
    this.unsent.keep(wish);
    this.#changed("given", slot);
    if (isTyping) this.#sendLater(typingPause(this.#known(slot).revision));
    else this.send();
  }

  /** Leave the other window's answer as it is saved. @param {number} slot */
  accept(slot) {
    this.#forgetLost(slot);
    this.#changed("accepted", slot);
  }

  /** Go on writing what lost against another window's answer. @param {number} slot @param {Answer} response */
  reword(slot, response) {
    const { rejected } = this.#known(slot);
    if (!rejected) return;
    rejected.response = response;
    this.unsent.keep(rejected);
    this.#changed("reworded", slot);
  }

  /** Send now, also when the last try failed. */
  send() {
    clearTimeout(this.timer);
    this.isTyping = false;
    if (!this.isSending && !this.isOver) void this.#sendAll();
  }

  /** The attempt has ended: nothing is sent or kept any more. */
  end() {
    this.isOver = true;
    clearTimeout(this.timer);
    this.unsent.forget();
  }

  /** @param {number} waitMs */
  #sendLater(waitMs) {
    // A longer wait runs on while somebody writes, or who never pauses would never be saved.
    if (this.isTyping && waitMs > TYPING_PAUSE_MS) return;
    clearTimeout(this.timer);
    this.isTyping = true;
    this.timer = setTimeout(() => this.send(), waitMs);
  }

  async #sendAll() {
    this.isSending = true;
    // What is being typed stands last, and waits for its pause.
    while (this.wishes.length > Number(this.isTyping) && !this.isOver) {
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
        this.failures = 0;
        this.#refuse(wish, delivery);
        return true;
      case "ended":
        this.#changed("ended", wish.slot, delivery);
        return false;
      default:
        this.failures += 1;
        this.#changed("delayed", wish.slot, delivery);
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.send(), pause(this.failures, delivery.waitMs));
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
    this.#letFollow(wish.slot);
  }

  /** @param {Wish} wish @param {Extract<Delivery, {kind: "refused"}>} delivery */
  #refuse(wish, delivery) {
    this.#remove(wish);
    if (this.#letFollow(wish.slot)) return; // what was written since then may be taken
    this.unsent.keep(wish);
    this.#known(wish.slot).refused = { wish, faults: delivery.faults };
    this.#changed("refused", wish.slot, delivery);
  }

  /** Build the next wish for a slot on what is saved. @param {number} slot @returns {boolean} whether there is one */
  #letFollow(slot) {
    const following = this.wishes.find((other) => other.slot === slot);
    if (!following) return false;
    following.base = this.#known(slot).revision;
    this.unsent.keep(following);
    return true;
  }

  /** @param {Wish} wish @param {Extract<Delivery, {kind: "stale"}>} current */
  #giveWay(wish, current) {
    const known = this.#known(wish.slot);
    const wanted = this.#lastWish(wish.slot) ?? wish;
    this.#removeAll(wish.slot);
    known.revision = current.revision;
    known.saved = current.response;
    const isSame = same(wanted.response, current.response);
    if (!isSame) {
      known.rejected = { ...wanted, base: wish.base };
      this.unsent.keep(known.rejected);
    }
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

  /** Forget what came to nothing. @param {number} slot */
  #forgetLost(slot) {
    const known = this.#known(slot);
    for (const wish of [known.rejected, known.refused?.wish]) if (wish) this.unsent.drop(wish);
    known.rejected = known.refused = null;
  }

  #nextOrder() {
    return Math.max(Date.now(), ...this.wishes.map((wish) => wish.order + 1));
  }

  /** @param {string} what @param {number} slot @param {Delivery} [delivery] */
  #changed(what, slot, delivery) {
    this.dispatchEvent(new CustomEvent("change", { detail: { what, slot, delivery } }));
  }
}

/**
 * The server keeps a thousand saves of an answer: a short text is saved whenever its writer pauses, a long one ever more
 * rarely, so that hours of writing fit. What is typed is on the device at once, and is sent whenever the field is left.
 * @param {number} saves so far
 * @returns {number} milliseconds
 */
export function typingPause(saves) {
  return Math.min(TYPING_PAUSE_MS_MAX, TYPING_PAUSE_MS * 2 ** Math.floor(saves / SAVES_TO_DOUBLE));
}

function randomName() {
  // Not crypto.randomUUID: an installation inside a school may be served without https.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
