// The corrected digits that the server keeps: their number, and undo for the newest.

import * as server from "./server.js";

/** Fires "change". kept: their number, null if the server keeps none, undefined until it has answered. */
export class Collection extends EventTarget {
  kept = undefined;
  file = "";
  undoable = 0; // how many of them can be taken back
  #owners = []; // of the corrections of this visit, oldest first: called with null when theirs is undone

  get possible() {
    return this.kept !== null && this.kept !== undefined;
  }

  async refresh() {
    const { undo = 0, ...said } = await server.kept();
    this.undoable = undo;
    this.#told(said);
  }

  /** Keeps the image (a Blob) as `label`; undone() is called if that is taken back. */
  async keep(image, label, undone) {
    const said = await server.keep(image, label);
    this.#owners.push(undone);
    this.undoable += 1;
    this.#told(said);
  }

  async undo() {
    const said = await server.undoKept();
    this.#owners.pop()?.();
    this.undoable -= 1;
    this.#told(said);
  }

  #told({ kept, file }) {
    this.kept = kept;
    this.file = file ?? this.file;
    this.dispatchEvent(new Event("change"));
  }
}
