// The import form: what a file's name says about its format is shown, and a file that is too large is told of at once.

import { element } from "../exam/questions.js";
import { fill } from "../exam/words.js";

const file = /** @type {HTMLInputElement | null} */ (document.getElementById("file"));
/** @type {HTMLSelectElement | null} */
const format = document.querySelector("#format");

file?.addEventListener("change", look);
if (file?.files?.length) look(); // chosen before this script came, or kept by the browser on the way back

function look() {
  const chosen = file?.files?.[0];
  const isLarge = (chosen?.size ?? 0) > Number(file?.dataset.most);
  file?.setCustomValidity(isLarge ? (file.dataset.large ?? "") : "");
  if (isLarge) file?.reportValidity();
  guess(chosen?.name ?? "");
}

/** @param {string} name of a file; formats that share its ending are left to be chosen */
function guess(name) {
  if (!format) return;
  const suffix = name.split(".").pop()?.toLowerCase() ?? "";
  const fitting = [...format.options].filter((option) => option.dataset.suffixes?.split(" ").includes(suffix));
  const words = element("guessed");
  words.textContent = "";
  if (fitting.length === 1) {
    format.value = fitting[0].value;
    words.textContent = fill(words.dataset.words ?? "", { format: fitting[0].text });
  } else if (suffix) format.value = "";
}
