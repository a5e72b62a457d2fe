// Uploads: an answer in files. They are chosen with an ordinary field, sent at once, and listed as they are kept.

import { addressOf, drop, filesOf, refuse, send, sendNext, sendingsOf } from "../sending.js";
import { fill, say } from "../words.js";
import { groupOf, labelOf, made, ours } from "./parts.js";

/** @import { Family } from "../questions.js" */
/** @import { Kept, Sending } from "../sending.js" */

/**
 * What a slot of this family shows besides what every slot has.
 * @typedef {{accepts: string[], count_max: number, bytes_max: number}} Limits
 * @typedef {{slot: number, stem: string, files: Limits}} Task
 */

/** @type {Record<string, string>} */
const SUFFIXES = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "audio/mpeg": "mp3",
  "audio/ogg": "ogg",
  "audio/wav": "wav",
  "application/pdf": "pdf",
  "text/plain": "txt",
  "text/csv": "csv",
};
const MEGABYTE = 1_000_000;

/** @type {Family<Task>} */
export const uploads = {
  show(slot, words, place) {
    const [list, coming, field] = [made("ul", "files"), made("ul", "files"), fieldFor(slot.files)];
    list.role = coming.role = "list";
    const row = ours(made("div", "field"));
    const full = made("p", "hint", words.filesFull);
    full.dataset.full = "";
    row.append(list, coming, labelOf(field, words.chooseFiles), field, full);
    if (!addressOf(slot.slot)) row.append(made("p", "hint", words.filesInExam));
    place.replaceChildren(groupOf(slot, `${hintOf(slot.files, words)} ${words.fileKept}`, words, row));
    new Shelf(slot, words, place, list, coming, field);
  },

  read(place) {
    const files = [...place.querySelectorAll("[data-file]")].map((row) =>
      JSON.parse(/** @type {HTMLElement} */ (row).dataset.file ?? ""),
    );
    return files.length ? { files } : {};
  },

  mark(place, answer) {
    place.querySelector("fieldset")?.dispatchEvent(new CustomEvent("marked", { detail: filesOf(answer) }));
  },

  describe: (_slot, answer) => filesOf(answer).map((file) => file.name).join(", "),
};

/** @param {Limits} limits @returns an ordinary field for files: keyboards, telephones and screen readers know it */
function fieldFor({ accepts, count_max }) {
  const field = made("input", "input");
  field.type = "file";
  field.id = "answer-files";
  field.multiple = count_max > 1;
  field.accept = accepts.flatMap((type) => [type, `.${SUFFIXES[type]}`]).join(",");
  return field;
}

/** @param {Limits} limits @param {Record<string, string>} words */
function hintOf({ accepts, count_max, bytes_max }, words) {
  const types = accepts.map((type) => SUFFIXES[type].toUpperCase()).join(", ");
  return fill(words.filesAskedFor, { count: count_max, size: sizeOf(bytes_max), types });
}

/** @param {number} bytes @returns {string} in the page's language; never more than it is */
function sizeOf(bytes) {
  const [amount, unit] = bytes >= MEGABYTE ? [bytes / MEGABYTE, "megabyte"] : [bytes / 1000, "kilobyte"];
  const rounded = amount >= 10 ? Math.floor(amount) : Math.max(0.1, Math.floor(amount * 10) / 10);
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit }).format(rounded);
}

/** The files of one question on the screen: those of the answer, and those on their way. */
class Shelf {
  /**
   * @param {Task} task
   * @param {Record<string, string>} words
   * @param {HTMLElement} place
   * @param {HTMLElement} list
   * @param {HTMLElement} coming
   * @param {HTMLInputElement} field
   */
  constructor(task, words, place, list, coming, field) {
    this.task = task;
    this.words = words;
    this.list = list;
    this.coming = coming;
    this.field = field;
    this.count = 0;
    const item = /** @type {HTMLElement} */ (place.querySelector("fieldset"));
    item.addEventListener("marked", (event) => this.mark(/** @type {CustomEvent} */ (event).detail));
    field.addEventListener("change", () => this.take());
    const gone = new AbortController();
    const hear = (/** @type {Event} */ event) => {
      if (!list.isConnected) gone.abort(); // another question is on the screen
      else if (/** @type {CustomEvent} */ (event).detail.slot === task.slot) this.tell();
    };
    document.addEventListener("files", hear, { signal: gone.signal });
    this.mark([]);
    this.tell();
  }

  /** @param {Kept[]} files */
  mark(files) {
    this.count = files.length;
    this.list.replaceChildren(...files.map((file) => this.#kept(file)));
    this.#settle();
  }

  /** Take what was chosen; what does not fit is told and not sent. */
  take() {
    const chosen = [...(this.field.files ?? [])];
    this.field.value = "";
    const { count_max, bytes_max } = this.task.files;
    let room = count_max - this.count - sendingsOf(this.task.slot).filter(({ state }) => state !== "refused").length;
    for (const file of chosen) {
      const facts = { name: file.name, size: sizeOf(file.size), most: sizeOf(bytes_max) };
      if (file.size > bytes_max) refuse(this.task.slot, file, fill(this.words.fileTooLarge, facts));
      else if (room <= 0) refuse(this.task.slot, file, `${file.name}: ${this.words.filesFull}`);
      else {
        room -= 1;
        send(this.task.slot, file, this.words);
      }
    }
  }

  /** Show what is on its way; what was refused now is said. */
  tell() {
    const before = this.coming.querySelectorAll("[data-state=refused]").length;
    this.coming.replaceChildren(...sendingsOf(this.task.slot).map((sending) => this.#sending(sending)));
    const refused = [...this.coming.querySelectorAll("[data-state=refused]")];
    if (refused.length > before) say([...(refused.at(-1)?.querySelectorAll("span") ?? [])].map((part) => part.textContent).join(" "));
    this.#settle();
  }

  #settle() {
    const isFull = this.count >= this.task.files.count_max;
    this.field.disabled = isFull || !addressOf(this.task.slot);
    for (const told of this.field.parentElement?.querySelectorAll(/** @type {"p"} */ ("[data-full]")) ?? []) {
      told.hidden = !isFull;
    }
  }

  /** @param {Kept} file */
  #kept(file) {
    const row = made("li", "file");
    row.dataset.file = JSON.stringify(file);
    const link = made("a", "", file.name);
    link.href = `${addressOf(this.task.slot)}/${file.hash}`;
    link.download = file.name;
    link.dir = "auto";
    const saved = made("span", "soft file-saved", this.words.fileSaved);
    const unsaved = made("span", "soft file-unsaved", this.words.fileUnsaved);
    row.append(link, made("span", "soft figures", sizeOf(file.bytes)), saved, unsaved);
    row.append(
      this.#button("✕", fill(this.words.fileRemove, { name: file.name }), () => {
        row.remove();
        this.count -= 1;
        this.#settle();
        this.list.dispatchEvent(new Event("change", { bubbles: true }));
        this.field.focus();
      }),
    );
    return row;
  }

  /** @param {Sending} sending */
  #sending(sending) {
    const row = made("li", "file");
    row.dataset.state = sending.state;
    const name = sending.file.name;
    if (sending.state === "refused") {
      row.append(made("span", "fault", sending.reason), made("span", "soft", sending.detail));
      row.append(this.#button("✕", fill(this.words.fileDismiss, { name }), () => {
        drop(sending);
        this.field.focus();
      }));
      return row;
    }
    const bar = made("progress");
    bar.max = 100;
    bar.value = Math.floor(100 * sending.share);
    bar.setAttribute("aria-label", name);
    const told = sending.state === "away" ? this.words.fileAway : sending.share === 1 ? this.words.fileChecking : this.words.fileSending;
    row.append(made("span", "", fill(told, { name })), bar);
    if (sending.state === "away") row.append(this.#button("↻", fill(this.words.fileAgain, { name }), () => void sendNext()));
    return row;
  }

  /** @param {string} sign @param {string} label @param {() => void} act */
  #button(sign, label, act) {
    const button = made("button", "button button-plain mover", sign);
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    return button;
  }
}
