// The score below which the page is not sure: set in one tab, minded in all.

/** Fires "change". */
export class Threshold extends EventTarget {
  #value;

  constructor(value) {
    super();
    this.#value = value;
  }

  get value() {
    return this.#value;
  }

  set value(value) {
    this.#value = value;
    this.dispatchEvent(new Event("change"));
  }
}
