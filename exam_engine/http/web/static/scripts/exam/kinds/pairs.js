// Pairs: premises, each given its counterpart from one list. A counterpart that fits once moves to who takes it last.

import { isAnswer } from "../responses.js";
import { fill, say } from "../words.js";
import { filled, filledIn, fillIn, groupOf, inWords, isMarked, labelOf, made, selectOf, textOf, wordsOf } from "./parts.js";

/** @import { Family } from "../questions.js" */
/** @import { Thing } from "./parts.js" */

/**
 * What a slot of this family shows besides what every slot has.
 * @typedef {{stem: string, premises: Thing[], counterparts: Thing[], use: "once" | "often"}} Matching
 */

const LONG = 36;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** @type {Family<Matching>} */
export const pairs = {
  show(slot, words, place) {
    const isLong = slot.counterparts.some(({ text }) => wordsOf(text).length > LONG || isMarked(text));
    const offered = isLong ? lettered(inWords(slot.counterparts)) : inWords(slot.counterparts);
    const rows = made("div", "pair-rows");
    rows.append(...slot.premises.map((premise) => pairOf(premise, offered, words)));
    const group = groupOf(slot, slot.use === "once" ? words.matchOnce : words.matchOften, words);
    if (isLong) group.append(list(slot.counterparts));
    group.append(rows);
    if (slot.use === "once") {
      group.dataset.taken = words.taken;
      group.addEventListener("change", (event) => release(group, event.target, words));
      group.addEventListener("focusout", () => tellReleased(group, words));
    }
    place.replaceChildren(group);
  },

  read(place) {
    const matched = filledIn(place);
    return Object.keys(matched).length ? { matched } : {};
  },

  mark(place, answer) {
    fillIn(place, answer.matched);
    tellTaken(/** @type {HTMLElement} */ (place.firstElementChild));
  },

  describe(slot, answer) {
    const matched = isAnswer(answer.matched) ? answer.matched : {};
    return slot.premises
      .filter((premise) => premise.id in matched)
      .map((premise) => `${wordsOf(premise.text)} – ${textOf(slot.counterparts, matched[premise.id])}`)
      .join("; ");
  },
};

/** @param {Thing} premise @param {Thing[]} offered @param {Record<string, string>} words */
function pairOf(premise, offered, words) {
  const select = selectOf(premise.id, offered, words.choose);
  const row = made("div", "pair-row");
  row.append(filled(labelOf(select, ""), premise.text), select);
  return row;
}

/** @param {Thing[]} things @returns {Thing[]} things whose texts can be told apart where they are cut off */
function lettered(things) {
  return things.map((thing, index) => ({ id: thing.id, text: `${LETTERS[index]}. ${thing.text}` }));
}

/** @param {Thing[]} things */
function list(things) {
  const list = made("ol", "pair-counterparts");
  list.append(...things.map((thing) => filled(made("li"), thing.text)));
  return list;
}

/**
 * Take a counterpart away from who had it. Keys walk through a closed list one by one: what is only passed is given back.
 * @param {HTMLElement} group
 * @param {any} taker
 * @param {Record<string, string>} words
 */
function release(group, taker, words) {
  for (const select of group.querySelectorAll("select")) {
    if (select === taker) continue;
    const { released } = select.dataset;
    if (released && released !== taker.value) {
      select.value = released;
      delete select.dataset.released;
    } else if (taker.value && select.value === taker.value) {
      select.dataset.released = select.value;
      select.value = "";
    }
  }
  tellTaken(group);
  if (document.activeElement !== taker) tellReleased(group, words);
}

/** The taker is settled. @param {HTMLElement} group @param {Record<string, string>} words */
function tellReleased(group, words) {
  for (const select of group.querySelectorAll("select")) {
    if (select.dataset.released) say(fill(words.openAgain, { text: select.labels[0].textContent }));
    delete select.dataset.released;
  }
}

/** Say in every list what is taken elsewhere; it can still be chosen. @param {HTMLElement} group */
function tellTaken(group) {
  if (!group.dataset.taken) return;
  const taken = Object.values(filledIn(group));
  for (const option of group.querySelectorAll("option")) {
    const isTaken = taken.includes(option.value) && !option.selected;
    option.label = isTaken ? fill(group.dataset.taken, { text: option.text }) : option.text;
  }
}
