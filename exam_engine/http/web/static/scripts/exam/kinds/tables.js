// Tables: statements, each given one of the same few columns. Where a table has no room, each row is a group of its own.

import { isAnswer } from "../responses.js";
import { boxOf, choiceOf, controls, filled, filledIn, fillIn, groupOf, made, textOf, wordsOf } from "./parts.js";

/** @import { Family } from "../questions.js" */
/** @import { Thing } from "./parts.js" */

/**
 * What a slot of this family shows besides what every slot has.
 * @typedef {{stem: string, rows: Thing[], columns: Thing[]}} Table
 */

const COLUMNS_MAX = 5;
const narrow = matchMedia("(max-width: 44rem)");

/** @type {Family<Table>} */
export const tables = {
  show(slot, words, place) {
    const group = groupOf(slot, words.chooseInRows, words, laidOut(slot));
    place.replaceChildren(group);
    narrow.onchange = () => group.isConnected && layAgain(slot, group);
  },

  read(place) {
    const marked = filledIn(place);
    return Object.keys(marked).length ? { marked } : {};
  },

  mark(place, answer) {
    fillIn(place, answer.marked);
  },

  describe(slot, answer) {
    const marked = isAnswer(answer.marked) ? answer.marked : {};
    return slot.rows
      .filter((row) => row.id in marked)
      .map((row) => `${wordsOf(row.text)} – ${textOf(slot.columns, marked[row.id])}`)
      .join("; ");
  },
};

/** @param {Table} slot */
function laidOut(slot) {
  return narrow.matches || slot.columns.length > COLUMNS_MAX ? groups(slot) : table(slot);
}

/** The window became wider or narrower, or its text larger. @param {Table} slot @param {HTMLElement} group */
function layAgain(slot, group) {
  const marked = filledIn(group);
  const focused = controls(group).find((control) => control === document.activeElement);
  group.lastElementChild?.replaceWith(laidOut(slot));
  fillIn(group, marked);
  controls(group).find((control) => control.name === focused?.name && control.value === focused.value)?.focus();
}

/** @param {Table} slot */
function table(slot) {
  const head = made("tr");
  head.append(made("td"), ...slot.columns.map((column) => header("col", column)));
  const table = made("table", "matrix");
  table.createTHead().append(head);
  table.createTBody().append(...slot.rows.map((row) => rowOf(slot, row)));
  return table;
}

/** @param {Table} slot @param {Thing} row */
function rowOf(slot, row) {
  const line = made("tr");
  line.append(header("row", row));
  for (const column of slot.columns) {
    const box = boxOf("radio", row.id, column.id);
    box.setAttribute("aria-labelledby", `row-${row.id} col-${column.id}`);
    const choice = made("label", "matrix-choice");
    choice.append(box);
    const cell = made("td");
    cell.append(choice);
    line.append(cell);
  }
  return line;
}

/** @param {"row" | "col"} scope @param {Thing} thing */
function header(scope, thing) {
  const header = filled(made("th"), thing.text);
  header.scope = scope;
  header.id = `${scope}-${thing.id}`;
  return header;
}

/** @param {Table} slot */
function groups(slot) {
  const groups = made("div", "matrix-rows");
  for (const row of slot.rows) {
    const choices = made("div", "choices choices-beside");
    choices.append(...slot.columns.map((column) => choiceOf("radio", row.id, column)));
    const group = made("fieldset");
    group.append(filled(made("legend"), row.text), choices);
    groups.append(group);
  }
  return groups;
}
