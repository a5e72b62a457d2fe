// Delivery: one save to the server and what came of it, and the standing of the attempt by the server's clock.

import { ENDINGS, isAway, waitAsked } from "./retrying.js";

/** @import { Answer } from "./responses.js" */
/** @import { Wish } from "./unsent.js" */

/** @typedef {{place: string, message: string}} Fault */
/**
 * @typedef {{kind: "saved", revision: number, savedAt: number, roundTrip: number}
 *   | {kind: "stale", revision: number, response: Answer}
 *   | {kind: "ended"}
 *   | {kind: "refused", faults: Fault[]}
 *   | {kind: "signed_out" | "away", waitMs?: number}} Delivery
 */

/**
 * @typedef {object} Standing
 * @property {string} state
 * @property {number} deadline
 * @property {number} serverNow
 * @property {number} roundTrip
 */

const PATIENCE_MS = 10000;

/** @param {string} attemptId @returns {(wish: Wish) => Promise<Delivery>} */
export function deliveryTo(attemptId) {
  return async (wish) => {
    const begun = performance.now();
    try {
      const reply = await fetch(`/api/v1/attempts/${attemptId}/responses/${wish.slot}`, {
        method: "PUT",
        credentials: "same-origin",
        keepalive: true,
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ base_revision: wish.base, save_id: wish.saveId, response: wish.response }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return await read(reply, performance.now() - begun);
    } catch {
      return { kind: "away" };
    }
  };
}

/** @param {Response} reply @param {number} roundTrip @returns {Promise<Delivery>} */
async function read(reply, roundTrip) {
  const body = await reply.json();
  if (reply.ok) {
    return { kind: "saved", revision: body.revision, savedAt: Date.parse(body.saved_at), roundTrip };
  }
  if (body.code === "stale_revision") return { kind: "stale", revision: body.revision, response: body.response };
  if (ENDINGS.has(body.code)) return { kind: "ended" };
  if (reply.status === 401) return { kind: "signed_out" };
  if (isAway(reply.status)) return { kind: "away", waitMs: waitAsked(reply.headers.get("Retry-After")) };
  return { kind: "refused", faults: body.faults ?? [{ place: "", message: body.detail }] };
}

/** @param {string} attemptId @returns {Promise<Standing | null>} null when the server cannot be asked now */
export async function standingOf(attemptId) {
  const begun = performance.now();
  try {
    const reply = await fetch(`/api/v1/attempts/${attemptId}`, {
      credentials: "same-origin",
      headers: { Accept: "application/json" },
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!reply.ok) return null;
    const body = await reply.json();
    return {
      state: body.state,
      deadline: Date.parse(body.deadline_at),
      serverNow: Date.parse(body.server_now),
      roundTrip: performance.now() - begun,
    };
  } catch {
    return null;
  }
}
