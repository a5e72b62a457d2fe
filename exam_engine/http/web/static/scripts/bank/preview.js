// The preview: an item drawn by the exam page's own scripts, and what the answer given there would be worth.

import { made } from "../exam/kinds/parts.js";
import { element, Question } from "../exam/questions.js";
import { showStimulus } from "../exam/stimulus.js";

/** @import { Slot } from "../exam/questions.js" */

/** @param {string} id */
function read(id) {
  return JSON.parse(element(id).textContent ?? "null");
}

export class Preview {
  /** @param {() => FormData} facts what names the item to be marked: a version, or the form as it stands */
  constructor(facts) {
    this.facts = facts;
    this.words = read("words");
    /** @type {Question | null} */
    this.question = null;
    this.show(read("slot"));
    element("trial").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#mark();
    });
  }

  /** @param {Slot | null} slot nothing while the item cannot be shown: what was shown before stays, and says so */
  show(slot) {
    element("preview").dataset.stale = String(!slot && this.question !== null);
    element("preview-open").hidden = slot !== null || this.question !== null;
    if (!slot) return;
    showStimulus(slot, [slot], this.words);
    const answer = this.question?.read() ?? {};
    this.question = new Question(slot, this.words);
    this.question.mark(answer);
    const mark = document.getElementById("mark");
    if (mark) mark.hidden = false;
  }

  async #mark() {
    if (!this.question) return;
    const facts = this.facts();
    facts.set("response", JSON.stringify(this.question.read()));
    const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
    const reply = await fetch("/bank/marks", { method: "POST", body: facts, headers });
    const told = await reply.json();
    const place = element("worth");
    if (!reply.ok) {
      const reason = made("span", "", told.refusal ?? told.detail ?? "");
      place.replaceChildren(made("strong", "", `${place.dataset.failed}: `), reason);
      return;
    }
    const proof = made("dl", "facts proof");
    for (const { name, value } of told.lines) {
      const line = made("div");
      line.append(made("dt", "", name), made("dd", "", value));
      proof.append(line);
    }
    place.replaceChildren(made("strong", "", `${place.dataset.worth}: ${told.fraction}`), proof);
  }
}
