// The question: shows one item and reports what is chosen. Native radios and checkboxes do the work.

/**
 * @typedef {object} Slot
 * @property {number} slot
 * @property {string} stem
 * @property {"one" | "several"} choose
 * @property {{id: string, text: string}[]} options
 * @property {number} revision
 * @property {string[]} chosen
 */

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @returns {T}
 */
export function element(id) {
  return /** @type {T} */ (document.getElementById(id));
}

/** @param {Slot} slot @param {Record<string, string>} words */
export function showQuestion(slot, words) {
  const paragraphs = slot.stem.split(/\n\s*\n/).map((text) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = text.trim();
    return paragraph;
  });
  element("stem").replaceChildren(...paragraphs);
  element("choose-hint").textContent = slot.choose === "one" ? words.chooseOne : words.chooseSeveral;
  element("choices").replaceChildren(...slot.options.map((option) => choiceOf(slot, option)));
}

/** @param {Slot} slot @param {{id: string, text: string}} option */
function choiceOf(slot, option) {
  const label = document.createElement("label");
  label.className = "choice";
  const input = document.createElement("input");
  input.type = slot.choose === "one" ? "radio" : "checkbox";
  input.name = "choice";
  input.value = option.id;
  const text = document.createElement("span");
  text.textContent = option.text;
  label.append(input, text);
  return label;
}

/** @param {string[]} chosen */
export function markChosen(chosen) {
  for (const input of inputs()) input.checked = chosen.includes(input.value);
}

/** @returns {string[]} */
export function readChosen() {
  return inputs()
    .filter((input) => input.checked)
    .map((input) => input.value);
}

/** @returns {HTMLInputElement[]} */
export function inputs() {
  return [...element("choices").querySelectorAll("input")];
}
