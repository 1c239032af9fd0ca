// Sends only the newest value: one request at a time, at most ten per second, the last value at once.

import { gone } from "./server.js";

const GAP = 105; // milliseconds between requests
const PATIENCE = 2000; // milliseconds that a request may keep a newer one waiting

export class Latest {
  #how;
  #waiting = null; // {value, last}, the newest that was not sent yet
  #asking = null; // {controller, since}
  #earliest = 0; // when the next request may start
  #timer = 0;

  /**
   * how: prepare(value) → promise of what is sent; ask(prepared, signal) → promise of the answer, passed to
   * tell(answer); errors go to complain(error); busy(whether) tells whether the newest value still has no answer.
   */
  constructor(how) {
    this.#how = how;
  }

  /** last: whether it is the last for now, which waits only for the request that runs. */
  offer(value, last = false) {
    this.#waiting = { value, last };
    this.#how.busy(true);
    this.#next();
  }

  /** Drops the waiting value and aborts the running request. */
  forget() {
    this.#waiting = null;
    this.#asking?.controller.abort();
    this.#how.busy(false);
  }

  #next() {
    clearTimeout(this.#timer);
    if (!this.#waiting) return;
    const now = performance.now();
    const due = this.#asking ? this.#asking.since + PATIENCE : this.#waiting.last ? 0 : this.#earliest;
    if (due > now) this.#timer = setTimeout(() => this.#next(), due - now);
    else if (this.#asking) this.#giveUp();
    else this.#start();
  }

  #giveUp() {
    this.#asking.controller.abort();
    this.#how.complain(gone());
  }

  async #start() {
    const { value } = this.#waiting;
    const controller = new AbortController();
    this.#waiting = null;
    this.#asking = { controller, since: performance.now() };
    try {
      const prepared = await this.#how.prepare(value);
      this.#earliest = performance.now() + GAP;
      const answer = await this.#how.ask(prepared, controller.signal);
      if (!controller.signal.aborted) this.#how.tell(answer);
    } catch (error) {
      if (!controller.signal.aborted) this.#failed(error, value);
    }
    this.#asking = null;
    if (!this.#waiting) this.#how.busy(false);
    this.#next();
  }

  #failed(error, value) {
    this.#how.complain(error);
    if (!error.again) return;
    this.#waiting = { value, ...this.#waiting, last: false };
    this.#earliest = performance.now() + error.again;
  }
}
