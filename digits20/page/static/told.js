// What was done or has happened, in a line at the top that stays; also after the page has been loaded anew.

import { byId } from "./dom.js";
import { recall, remember } from "./memory.js";

export function tell(text) {
  byId("told").textContent = text;
  byId("told").hidden = !text;
}

/** Loads the page anew with this tab open, and tells it there. */
export function loadAnew(tab, text) {
  remember("told", text);
  location.hash = tab;
  location.reload();
}

/** Tells what was left by loadAnew. */
export function tellAgain() {
  tell(recall("told", ""));
  remember("told", "");
}
