// "That was a 7": buttons and lists that keep an image with its true label, the number kept, and undo.

import { element } from "./dom.js";
import { picture } from "./ink.js";
import { describeTerms, term } from "./terms.js";

/** The number kept and a button that undoes the last; complain(error) is called on failure. */
export function tally(collection, complain) {
  const said = element("span", {});
  const undo = element("button", { type: "button", class: "quiet" }, "Undo the last");
  const whole = element("p", { class: "tally", role: "status" }, said, " ", undo);
  undo.addEventListener("click", () => collection.undo().catch(complain));
  collection.addEventListener("change", () => {
    whole.hidden = !collection.possible;
    said.textContent = collection.kept
      ? `${collection.kept} kept in ${collection.file}`
      : `None kept yet in ${collection.file}`;
    undo.hidden = !collection.undoable;
  });
  whole.hidden = true;
  return whole;
}

/** How to switch keeping on, shown while it is off. */
export function howToKeep(collection) {
  const told = element(
    "p",
    { class: "faint", hidden: true },
    "To keep corrections in a ",
    term("collect", "CSV file of your own"),
    ", start the page with ",
    element("code", {}, "digits20 page --collect mine.csv"),
    ".",
  );
  describeTerms(told);
  collection.addEventListener("change", () => {
    told.hidden = collection.kept !== null;
  });
  return told;
}

/** A row of buttons, one per label, for the drawing on `sheet`. Once it is kept, the next stroke starts a new one. */
export class LabelButtons {
  #collection;
  #sheet;
  #keptAs = null;

  constructor(collection, labels, sheet, complain) {
    this.#collection = collection;
    this.#sheet = sheet;
    this.buttons = labels.map((label) => {
      const button = element("button", { type: "button", "aria-pressed": "false" }, String(label));
      button.addEventListener("click", () => this.#keep(label).catch(complain));
      return button;
    });
    this.element = element(
      "div",
      { class: "choose", role: "group", "aria-label": "That was a", hidden: true },
      ...this.buttons,
    );
    collection.addEventListener("change", () => {
      this.element.hidden = !collection.possible;
    });
    sheet.addEventListener("change", () => this.#mark(null));
    this.#mark(null);
  }

  async #keep(label) {
    this.#mark(label);
    try {
      await this.#collection.keep(await picture(this.#sheet.strokes), label, () => this.#undone(label));
    } catch (error) {
      this.#undone(label);
      throw error;
    }
  }

  #undone(label) {
    if (this.#keptAs === label) this.#mark(null);
  }

  #mark(label) {
    this.#keptAs = label;
    this.#sheet.done = label !== null;
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(label !== null && button.textContent === String(label)));
      button.disabled = label !== null || this.#sheet.blank;
    }
  }
}

/** A select box of labels and a button, small enough for each picture of the gallery. */
export function labelList(collection, labels, guess, image, complain) {
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
      await collection.keep(image, list.value, again);
      show(false, "Kept");
    } catch (error) {
      again();
      complain(error);
    }
  });
  return whole;
}
