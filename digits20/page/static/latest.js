// Asks about the newest value only: one question at a time, at most ten a second, and the last one is always asked.

const GAP = 105; // milliseconds from one question to the next, a little more than a tenth of a second
const PATIENCE = 2000; // so long may a question keep a newer one waiting

export class Latest {
  #how;
  #waiting = null; // {value}, the newest that was not asked yet
  #asking = null; // {controller, since}
  #earliest = 0; // when the next question may go
  #timer = 0;

  /**
   * how: prepare(value) → promise of what is sent, ask(prepared, signal) → promise of an answer, told to tell(answer);
   * what they throw goes to complain(error); busy(whether) says whether the newest value still lacks its answer.
   */
  constructor(how) {
    this.#how = how;
  }

  offer(value) {
    this.#waiting = { value };
    this.#how.busy(true);
    this.#next();
  }

  /** Nothing is to be answered any more. */
  forget() {
    this.#waiting = null;
    this.#asking?.controller.abort();
    this.#how.busy(false);
  }

  #next() {
    clearTimeout(this.#timer);
    if (!this.#waiting) return;
    const now = performance.now();
    const due = this.#asking ? this.#asking.since + PATIENCE : this.#earliest;
    if (due > now) this.#timer = setTimeout(() => this.#next(), due - now);
    else if (this.#asking) this.#asking.controller.abort();
    else this.#start();
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
    this.#waiting ??= { value };
    this.#earliest = performance.now() + error.again;
  }
}
