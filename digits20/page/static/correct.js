// "That was a 7": buttons and lists that keep an image with its true label, the number kept, and undo.

import { element } from "./dom.js";
import { picture } from "./ink.js";
import { describeTerms, term } from "./terms.js";
import { Which } from "./which.js";
import { count } from "./words.js";

/** The number kept and a button that undoes the last; complain(error) is called on failure. */
export function tally(collection, complain) {
  const said = element("span", {});
  const undo = element("button", { type: "button", class: "quiet" }, "Undo the last");
  const whole = element("p", { class: "tally", role: "status" }, said, " ", undo);
  undo.addEventListener("click", () => collection.undo().catch(complain));
  collection.addEventListener("change", () => {
    whole.hidden = !collection.possible;
    said.textContent = counted(collection);
    undo.hidden = !collection.undoable;
  });
  whole.hidden = true;
  return whole;
}

function counted({ kept, file, taught }) {
  if (kept === null) return taught ? `${count(taught, "drawing")} corrected` : "None corrected yet";
  return kept ? `${kept} kept in ${file}` : `None kept yet in ${file}`;
}

/** How to switch keeping on, shown while it is off. */
export function howToKeep(collection) {
  const told = element(
    "p",
    { class: "faint", hidden: true },
    "To keep corrections in a ",
    term("collect", "CSV file of your own"),
    ", start the page with ",
    element("code", {}, "digits20 page --collect corrections.csv"),
    ".",
  );
  describeTerms(told);
  collection.addEventListener("change", () => {
    told.hidden = collection.kept !== null;
  });
  return told;
}

/**
 * A row of buttons, one per label, for the drawing on `sheet`; of several symbols for the one that is explained, the
 * largest unless the user chooses another. Once one is kept, the next stroke starts a new drawing.
 */
export class LabelButtons {
  #collection;
  #sheet;
  #symbols = []; // where there are several
  #symbol = null; // which of them is chosen
  #kept = new Map(); // the label of each symbol that was kept; of an only one under null

  constructor(collection, labels, sheet, complain) {
    this.#collection = collection;
    this.#sheet = sheet;
    this.buttons = labels.map((label) => {
      const button = element("button", { type: "button", "aria-pressed": "false" }, String(label));
      button.addEventListener("click", () => this.#keep(label).catch(complain));
      return button;
    });
    this.which = new Which(sheet);
    const row = element("div", { class: "choose", role: "group", "aria-label": "That was a" }, ...this.buttons);
    this.element = element("div", { hidden: true }, this.which.element, row);
    collection.addEventListener("change", () => {
      this.element.hidden = !collection.possible;
    });
    sheet.addEventListener("change", () => {
      this.#kept = new Map();
      this.#mark();
    });
    sheet.addEventListener("choose", () => {
      this.#symbol = sheet.symbol;
      this.#mark();
    });
    this.show([]);
  }

  /** symbols: those of /look; explained: the number of the one that the page explains. */
  show(symbols, explained = 0) {
    this.#symbols = symbols.length > 1 ? symbols : [];
    this.#symbol = symbols.length > 1 ? (this.#sheet.symbol ?? explained) : null; // a late answer moves no choice
    this.#mark();
  }

  async #keep(label) {
    const [kept, symbol] = [this.#kept, this.#symbol];
    this.#sheet.symbol = symbol;
    const undone = () => {
      kept.delete(symbol);
      if (kept === this.#kept) this.#mark();
    };
    kept.set(symbol, label);
    this.#mark();
    try {
      await this.#collection.keep(await picture(this.#sheet.strokes), label, undone, symbol);
    } catch (error) {
      undone();
      throw error;
    }
    const next = this.#symbols.findIndex((_, index) => !this.#kept.has(index));
    if (symbol !== null && kept === this.#kept && next >= 0) this.#sheet.choose(next);
  }

  #mark() {
    const label = this.#kept.get(this.#symbol);
    this.#sheet.done = this.#kept.size > 0;
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(label !== undefined && button.textContent === String(label)));
      button.disabled = label !== undefined || this.#sheet.blank;
    }
    this.which.show(this.#symbols, this.#symbol, this.#kept);
  }
}

/** A select box of labels and a button for `symbol` of the image, null for its only one; small enough for the gallery. */
export function labelList(collection, labels, guess, { image, symbol }, complain) {
  const list = element(
    "select",
    { "aria-label": "That was a" },
    ...labels.map((label) => element("option", { value: String(label), selected: label === guess }, String(label))),
  );
  const keep = element("button", { type: "button" }, "Keep");
  const whole = element(
    "p",
    { class: "relabel", hidden: !collection.possible },
    element("span", { "aria-hidden": "true" }, "That was a"),
    list,
    keep,
  );
  const show = (usable, word) => {
    list.disabled = keep.disabled = !usable;
    keep.textContent = word;
  };
  const again = () => show(true, "Keep");
  keep.addEventListener("click", async () => {
    show(false, "Keep");
    try {
      await collection.keep(image, list.value, again, symbol);
      show(false, "Kept");
    } catch (error) {
      again();
      complain(error);
    }
  });
  return whole;
}
