// Words: texts of the page with facts put into them, and what is said to those who listen.

/** @param {string} text @param {Record<string, unknown>} facts by the names that stand in braces */
export function fill(text, facts) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(facts[name]));
}

/** @param {string} text */
export function say(text) {
  const spoken = document.getElementById("spoken");
  if (spoken) spoken.textContent = text;
}
