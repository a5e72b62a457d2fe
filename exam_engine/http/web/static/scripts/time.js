// The time of day on this device, as it is written in the page's language, on 24 hours.

/** @param {string} language */
export function timeNow(language) {
  return new Date().toLocaleTimeString(language, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
}
