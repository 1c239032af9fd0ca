// "Which one?": of several symbols in a drawing, the one that is explained and corrected.

import { element } from "./dom.js";

export class Which {
  #sheet;

  constructor(sheet) {
    this.#sheet = sheet;
    this.element = element("div", { class: "which", role: "group", "aria-label": "Which symbol", hidden: true });
  }

  /** symbols: those of /look; chosen: the number of one; kept: the labels that some were kept under, by number. */
  show(symbols, chosen, kept = new Map()) {
    this.element.hidden = symbols.length < 2;
    const buttons = [...this.element.querySelectorAll("button")];
    if (buttons.length !== symbols.length) {
      buttons.splice(0, buttons.length, ...symbols.map((_, number) => this.#button(number)));
      this.element.replaceChildren(element("span", { class: "faint" }, "Which one?"), ...buttons);
    }
    buttons.forEach((button, number) => {
      const label = kept.get(number);
      const read = symbols[number].label;
      button.textContent = label === undefined ? String(read) : `${label} \u2713`;
      button.setAttribute("aria-pressed", String(number === chosen));
      button.setAttribute("aria-label", `Symbol ${number + 1}, ${label === undefined ? `read as ${read}` : `kept as ${label}`}`);
    });
  }

  #button(number) {
    const button = element("button", { type: "button" });
    button.addEventListener("click", () => this.#sheet.choose(number));
    return button;
  }
}
