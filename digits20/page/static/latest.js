// Asks about the newest value only: one question at a time, at most ten a second, and the last one is always asked.

const GAP = 105; // milliseconds from one question to the next, a little more than a tenth of a second
const PATIENCE = 2000; // so long may a question keep a newer one waiting

export class Latest {
  #ask;
  #tell;
  #complain;
  #waiting = null; // {value}, the newest that was not asked yet
  #asking = null; // {controller, since}
  #earliest = 0; // when the next question may go
  #timer = 0;

  /** ask(value, signal) → promise of an answer, told to tell(answer); what it throws goes to complain(error). */
  constructor(ask, tell, complain) {
    this.#ask = ask;
    this.#tell = tell;
    this.#complain = complain;
  }

  offer(value) {
    this.#waiting = { value };
    this.#next();
  }

  /** Nothing is to be answered any more. */
  forget() {
    this.#waiting = null;
    this.#asking?.controller.abort();
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
    const now = performance.now();
    const controller = new AbortController();
    this.#waiting = null;
    this.#asking = { controller, since: now };
    this.#earliest = now + GAP;
    try {
      const answer = await this.#ask(value, controller.signal);
      if (!controller.signal.aborted) this.#tell(answer);
    } catch (error) {
      if (!controller.signal.aborted) this.#failed(error, value);
    }
    this.#asking = null;
    this.#next();
  }

  #failed(error, value) {
    this.#complain(error);
    if (!error.again) return;
    this.#waiting ??= { value };
    this.#earliest = performance.now() + error.again;
  }
}
