// The drawings that were corrected: learned from, kept in a file where the server has one, and undone one by one.

import * as server from "./server.js";

/**
 * Fires "change". kept: the number in the file, null if the server has none, undefined until it has answered.
 * taught: how many the server remembers to learn from; labels that are no digits cannot be taught.
 */
export class Collection extends EventTarget {
  kept = undefined;
  file = "";
  undoable = 0; // how many of them can be taken back
  taught = 0;
  #owners = []; // of the corrections of this visit, oldest first: called with null when theirs is undone

  constructor(labels) {
    super();
    this.teachable = labels.length === 10 && labels.every((label, digit) => label === digit);
  }

  get possible() {
    return this.kept !== undefined && (this.kept !== null || this.teachable);
  }

  async refresh() {
    const { undo, ...said } = await server.kept();
    if (this.teachable) this.#learned(await server.hand());
    this.undoable = undo ?? this.taught;
    this.#told(said);
  }

  /** Keeps the image (a Blob), or a symbol of it, as `label`; undone() is called if that is taken back. */
  async keep(image, label, undone, symbol = null) {
    let said = { kept: this.kept };
    if (this.kept !== null) said = await server.keep(image, label, symbol);
    if (this.teachable) this.#learned(await server.addToHand(image, label, symbol));
    this.#owners.push(undone);
    this.undoable += 1;
    this.#told(said);
  }

  async undo() {
    let said = { kept: this.kept };
    if (this.kept !== null) said = await server.undoKept();
    if (this.taught) this.#learned(await server.undoHand());
    this.#owners.pop()?.();
    this.undoable -= 1;
    this.#told(said);
  }

  #learned({ counts }) {
    this.taught = Object.values(counts).reduce((sum, number) => sum + number, 0);
  }

  #told({ kept, file }) {
    this.kept = kept;
    this.file = file ?? this.file;
    this.dispatchEvent(new Event("change"));
  }
}
