// The training as the server tells it: one stream of events, and what may be asked of it.

import * as server from "./server.js";

const SILENCE = 3000; // milliseconds without a word after which the server counts as gone

const name = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * Fires "change" with each piece of news, and "restart" once another server answers than before.
 * news: the last one, points: all of this training so far.
 */
export class Lesson extends EventTarget {
  news = null;
  points = [];
  lost = false; // whether the server has fallen silent
  #silence = 0;
  #source = null;
  #ending = null; // the number of the training that another is to follow
  #trouble;

  constructor(trouble) {
    super();
    this.#trouble = trouble;
  }

  /** Listen from now on; the browser reconnects by itself. */
  follow() {
    if (this.#source) return;
    this.#source = new EventSource(`/learn/events?page=${name}`);
    this.#source.addEventListener("message", (event) => {
      this.#alive();
      this.#told(JSON.parse(event.data));
    });
    this.#source.addEventListener("alive", () => this.#alive());
    this.#alive();
  }

  /** The server tells each second that it runs. */
  #alive() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lose(true), SILENCE);
    if (this.lost) this.#lose(false);
  }

  #lose(lost) {
    this.lost = lost;
    if (lost) this.#trouble.show(server.gone());
    else this.#trouble.hide();
    if (this.news) this.#become(this.news);
  }

  #told(news) {
    if (news.number === this.#ending) return;
    const restarted = this.news && news.server !== this.news.server;
    if (restarted || news.number !== this.news?.number) this.points = [];
    const last = this.points.at(-1)?.iteration ?? -1;
    this.points.push(...news.points.filter((point) => point.iteration > last));
    this.#become(news);
    if (restarted) this.dispatchEvent(new Event("restart"));
  }

  #become(news) {
    this.news = news;
    this.dispatchEvent(new Event("change"));
  }

  /** Said at once to be under way, for a server that is busy takes its time. */
  async start(settings) {
    const before = this.news;
    if (before) this.#become({ ...before, settings, status: "preparing", remark: "" });
    this.#ending = before?.number ?? null;
    const answer = await this.#ask(server.learn("start", settings));
    this.#ending = null;
    if (!answer && before) this.#become(before);
    return answer;
  }

  change = (settings) => this.#ask(server.learn("change", settings));
  does = (what) => this.#ask(server.learn(`do?what=${what}`));
  table = (file) => this.#ask(server.learnFrom("table", file));
  drawing = (image) => server.learnFrom(`drawing?page=${name}`, image).catch(() => {});

  /** The answer, or undefined where the server refused: then that is shown. */
  async #ask(answer) {
    try {
      const told = await answer;
      this.#trouble.hide();
      return told;
    } catch (error) {
      this.#trouble.show(error);
      return undefined;
    }
  }
}
