// The attempt has ended: what this device kept of it is forgotten.

import { Unsent } from "./exam/unsent.js";

const ended = document.querySelector("[data-ended]");
if (ended instanceof HTMLElement && ended.dataset.ended) new Unsent(ended.dataset.ended).forget();
