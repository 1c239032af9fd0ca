// Processes a list, a limited number of items at a time.

/** Fires "change" whenever something is added or done. */
export class Queue extends EventTarget {
  #waiting = [];
  #running = 0;
  #most;
  #work;

  /** work(item) → promise. */
  constructor(most, work) {
    super();
    this.#most = most;
    this.#work = work;
  }

  get left() {
    return this.#waiting.length + this.#running;
  }

  add(items) {
    this.#waiting.push(...items);
    this.#next();
  }

  forget() {
    this.#waiting = [];
  }

  #next() {
    while (this.#running < this.#most && this.#waiting.length) this.#run(this.#waiting.shift());
    this.dispatchEvent(new Event("change"));
  }

  async #run(item) {
    this.#running += 1;
    try {
      await this.#work(item);
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }
}
