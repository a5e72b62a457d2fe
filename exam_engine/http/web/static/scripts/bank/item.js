// The page of an item: its preview, marked by the version that is shown.

import { element } from "../exam/questions.js";
import { Preview } from "./preview.js";

new Preview(() => {
  const facts = new FormData();
  facts.set("version", element("preview").dataset.version ?? "");
  return facts;
});
