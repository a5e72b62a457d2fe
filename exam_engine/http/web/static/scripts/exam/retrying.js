// Retrying: which replies leave it open whether the same is taken later, and how long to wait until it is sent again.

export const ENDINGS = new Set(["attempt_closed", "too_late"]);
const PAUSE_MS = 1000;
const PAUSE_MS_MAX = 15000;
const WAIT_MS_MAX = 30000;

/** @param {number} status of a reply, 0 where none came @returns {boolean} whether the same may be taken later */
export function isAway(status) {
  return status === 0 || status === 401 || status === 429 || status >= 500;
}

/**
 * @param {string | null} retryAfter the header of a reply
 * @returns {number} milliseconds, bounded, since the exam may end before a longer wait; a date counts as nothing said
 */
export function waitAsked(retryAfter) {
  return Math.min(WAIT_MS_MAX, 1000 * (Number(retryAfter) || 0));
}

/**
 * @param {number} failures in a row
 * @param {number} [waitMs] what the server asked for
 * @returns {number} milliseconds: doubling, bounded, and spread so that a room full of exams does not knock at once
 */
export function pause(failures, waitMs = 0) {
  return Math.max(waitMs, Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** (failures - 1)) * (0.5 + Math.random() / 2));
}
