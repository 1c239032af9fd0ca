// The confidence below which the page says that it is not sure: set in one tab, used in all.

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
