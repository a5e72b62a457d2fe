// An item of a document that is not imported yet, drawn as candidates would see it; there is nothing to mark it by.

import { Preview } from "./preview.js";

new Preview(() => new FormData());
