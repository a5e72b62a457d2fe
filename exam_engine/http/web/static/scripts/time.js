// The time of day as it is written in the page's language, on 24 hours.

/**
 * In the time zone of the sitting, where a page is about one: whatever else it says is told in it.
 * @param {string} language
 */
export function timeNow(language) {
  return new Date().toLocaleTimeString(language, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZone: document.documentElement.dataset.timeZone,
  });
}
