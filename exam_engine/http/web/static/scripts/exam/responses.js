// Responses: answers in the shape of their items' kinds. Nothing answered is the empty object, whatever the kind.

/** @typedef {Record<string, unknown>} Answer */

/** @param {unknown} value @returns {value is Answer} */
export function isAnswer(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {Answer} answer */
export function isEmpty(answer) {
  return Object.keys(answer).length === 0;
}

/** @param {Answer} one @param {Answer} other @returns {boolean} whether they say the same; members have no order */
export function same(one, other) {
  return canonical(one) === canonical(other);
}

/** @param {Answer} answer */
function canonical(answer) {
  return JSON.stringify(answer, (_, value) => (isAnswer(value) ? sorted(value) : value));
}

/** @param {Answer} members */
function sorted(members) {
  return Object.fromEntries(Object.entries(members).sort(([one], [other]) => (one < other ? -1 : 1)));
}
