// The dialog of media: a file of the bank is chosen or added, its alternative said, and its mark given to whoever asked.

import { made } from "../exam/kinds/parts.js";
import { element } from "../exam/questions.js";

/** @typedef {{id: string, sha256: string, media_type: string, file_name: string, description: string}} Medium */

const ADDRESS = "/api/v1/media";
const SHOWN = 12;
/** @type {Record<string, string>} */
const SUFFIXES = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "audio/mpeg": "mp3",
  "audio/ogg": "ogg",
  "audio/wav": "wav",
  "application/pdf": "pdf",
};

/** @type {HTMLDialogElement} */
const dialog = element("media");
/** @type {HTMLInputElement} */
const words = element("media-words");
/** @type {HTMLInputElement} */
const file = element("media-file");
/** @type {Map<string, Medium>} */
const known = new Map();
let after = "";

element("media-more").addEventListener("click", () => void more());
file.addEventListener("change", () => void add());
element("media-choices").addEventListener("change", () => {
  const medium = chosen();
  if (medium) words.value = medium.description;
});

/**
 * Ask for a medium.
 * @returns {Promise<string>} the mark that shows it; nothing where it was not wanted after all
 */
export async function askForMedium() {
  known.clear();
  after = "";
  words.value = "";
  element("media-choices").replaceChildren();
  tell("");
  dialog.returnValue = "";
  dialog.showModal();
  await more();
  return new Promise((answer) => dialog.addEventListener("close", () => answer(marked()), { once: true }));
}

function marked() {
  const medium = chosen();
  if (dialog.returnValue !== "insert" || !medium) return "";
  const said = words.value.trim().replace(/[\\[\]*_`~^]/g, "\\$&");
  return `![${said}](media:${medium.sha256}.${SUFFIXES[medium.media_type]})`;
}

/** @returns {Medium | undefined} */
function chosen() {
  /** @type {HTMLInputElement | null} */
  const picked = dialog.querySelector("input[name=medium]:checked");
  return known.get(picked?.value ?? "");
}

async function more() {
  const reply = await fetch(`${ADDRESS}?limit=${SHOWN}${after && `&after=${after}`}`);
  if (!reply.ok) return tell(dialog.dataset.failed ?? "");
  const page = await reply.json();
  after = page.next_after ?? "";
  element("media-more").hidden = !after;
  for (const medium of page.items) element("media-choices").append(choiceOf(medium));
  if (!known.size) element("media-choices").textContent = element("media-choices").dataset.empty ?? "";
}

async function add() {
  const sent = file.files?.[0];
  if (!sent) return;
  tell("");
  const query = new URLSearchParams({ file_name: sent.name, description: words.value.trim() });
  const headers = { "Accept-Language": document.documentElement.lang }; // a refusal is read on this page
  const reply = await fetch(`${ADDRESS}?${query}`, { method: "POST", body: sent, headers });
  const told = await reply.json();
  file.value = "";
  if (!reply.ok) return tell(told.detail ?? dialog.dataset.failed);
  if (!known.size) element("media-choices").replaceChildren();
  const there = element("media-choices").querySelector(`input[value="${told.sha256}"]`)?.closest("label");
  const choice = there ?? choiceOf(told);
  element("media-choices").prepend(choice);
  const input = /** @type {HTMLInputElement} */ (choice.querySelector("input"));
  input.checked = true;
  words.value ||= told.description;
  words.focus();
}

/** @param {Medium} medium */
function choiceOf(medium) {
  known.set(medium.sha256, medium);
  const label = made("label", "media-choice");
  const input = made("input");
  input.type = "radio";
  input.name = "medium";
  input.required = true;
  input.value = medium.sha256;
  label.append(input);
  if (medium.media_type.startsWith("image/")) {
    const image = made("img");
    image.src = `${ADDRESS}/${medium.sha256}/content`;
    image.alt = "";
    image.loading = "lazy";
    label.append(image);
  }
  label.append(made("span", "", medium.file_name || medium.media_type));
  return label;
}

/** @param {string} fault */
function tell(fault) {
  const place = element("media-fault");
  place.textContent = fault;
  place.hidden = !fault;
}
