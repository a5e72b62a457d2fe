// The clock: counts down to the server's deadline on this device's monotonic clock, whatever its wall clock says.
// It only displays; the server alone decides when time is over.

const MINUTE_MS = 60_000;
const SPOKEN_MINUTES = [60, 30, 15, 10, 5, 1];
const TICK_MS = 250;

export class Clock extends EventTarget {
  /** @param {number} deadline @param {number} serverNow both in milliseconds since 1970, by the server */
  constructor(deadline, serverNow) {
    super();
    this.deadline = deadline;
    // The page was written at ``serverNow``; it cannot have begun to arrive before that.
    const arrived = performance.getEntriesByType("navigation")[0];
    this.offset = serverNow - (/** @type {PerformanceNavigationTiming} */ (arrived)?.responseStart ?? performance.now());
    this.spoken = new Set(SPOKEN_MINUTES.filter((minutes) => minutes * MINUTE_MS >= this.remaining()));
    this.isOver = false;
  }

  /** Take the server's time from a reply. @param {number} serverNow @param {number} roundTrip milliseconds */
  sync(serverNow, roundTrip) {
    this.offset = serverNow + roundTrip / 2 - performance.now();
  }

  /** @returns {number} milliseconds left, never negative */
  remaining() {
    return Math.max(0, this.deadline - performance.now() - this.offset);
  }

  start() {
    this.#tick();
    this.timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop() {
    clearInterval(this.timer);
  }

  #tick() {
    const left = this.remaining();
    this.dispatchEvent(new Event("tick"));
    const due = SPOKEN_MINUTES.filter((minutes) => left <= minutes * MINUTE_MS && !this.spoken.has(minutes));
    if (due.length && left > 0) {
      due.forEach((minutes) => this.spoken.add(minutes));
      this.dispatchEvent(new CustomEvent("threshold", { detail: { minutes: Math.min(...due) } }));
    }
    if (left === 0 && !this.isOver) {
      this.isOver = true;
      this.dispatchEvent(new Event("over"));
    }
  }
}

/** @param {number} milliseconds @returns {string} ``1:02:03`` or ``02:03`` */
export function face(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [hours, ...rest] = parts;
  const tail = rest.map((part) => String(part).padStart(2, "0")).join(":");
  return hours ? `${hours}:${tail}` : tail;
}

/** @param {number} milliseconds @param {string} language @returns {string} hours and minutes in words */
export function inWords(milliseconds, language) {
  const seconds = Math.ceil(milliseconds / 1000);
  const parts = /** @type {[number, string][]} */ (
    seconds < 60
      ? [[seconds, "second"]]
      : [
          [Math.floor(seconds / 3600), "hour"],
          [Math.floor(seconds / 60) % 60, "minute"],
        ]
  ).filter(([count], index, all) => count > 0 || all.length === 1);
  const words = parts.map(([count, unit]) =>
    new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count),
  );
  return new Intl.ListFormat(language, { type: "unit" }).format(words);
}
