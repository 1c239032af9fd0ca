// The gallery of uploads: each picture with the network's input and the predictions, and the list of unreadable ones.

import { labelList } from "./correct.js";
import { element } from "./dom.js";
import { doubtful, readingOf, verdict } from "./reading.js";
import { drawSeen, seenCanvas } from "./seen.js";
import { look } from "./server.js";
import { sendable } from "./shrink.js";
import { percent } from "./words.js";

const TRIES = 20; // while the server is busy
const TRIES_GONE = 2; // while there is none

export class Gallery {
  read = 0;
  refused = 0;
  #list;
  #unreadable;
  #models;
  #collection;
  #threshold;
  #complain;
  #drawn = []; // {canvas, seen}: to redraw when the colours change
  #verdicts = []; // {said, reading}: to update when the threshold changes

  constructor(list, unreadable, models, collection, threshold, complain) {
    this.#list = list;
    this.#unreadable = unreadable;
    this.#models = models;
    this.#collection = collection;
    this.#threshold = threshold;
    this.#complain = complain;
    collection.addEventListener("change", () => {
      for (const relabel of list.querySelectorAll(".relabel")) relabel.hidden = !collection.possible;
    });
    threshold.addEventListener("change", () => {
      for (const { said, reading } of this.#verdicts) said.classList.toggle("unsure", doubtful(reading, threshold.value));
    });
    document.addEventListener("themechange", () => {
      for (const { canvas, seen } of this.#drawn) drawSeen(canvas, seen, null);
    });
  }

  get size() {
    return this.read + this.refused;
  }

  /** A promise, fulfilled once the file is in the gallery or in the list of unreadable ones. */
  async add(file) {
    const round = this.#drawn; // a new list once the gallery was cleared
    try {
      const image = await sendable(file);
      const { models } = await patiently(() => look(image));
      const card = await this.#card(file, image, models);
      if (round !== this.#drawn) return;
      this.#list.append(card);
      this.read += 1;
    } catch (error) {
      if (round !== this.#drawn) return;
      this.#unreadable.querySelector("ul").append(refusal(file, error));
      this.#unreadable.hidden = false;
      this.refused += 1;
    }
  }

  empty() {
    this.#list.replaceChildren();
    this.#unreadable.querySelector("ul").replaceChildren();
    this.#unreadable.hidden = true;
    this.#drawn = [];
    this.#verdicts = [];
    this.read = this.refused = 0;
  }

  async #card(file, image, looks) {
    const { label, symbols, explained } = looks[0];
    const shown = { image, symbol: symbols.length > 1 ? explained : null };
    return element(
      "li",
      {},
      element("p", { class: "file", title: file.name }, file.name || "pasted picture"),
      element("div", { class: "pair" }, await thumbnail(file), ...this.#sights(looks)),
      ...looks.map((one) => this.#answer(one)),
      labelList(this.#collection, this.#models[0].labels, label, shown, this.#complain),
    );
  }

  /** Each model's input, once if several models have the same. */
  #sights(looks) {
    const different = looks.filter((one, index) => looks.findIndex((other) => same(one.seen, other.seen)) === index);
    return different.map(({ seen, label }) => {
      const canvas = seenCanvas(seen, `The network's input, predicted as ${label}`);
      this.#drawn.push({ canvas, seen });
      return canvas;
    });
  }

  #answer(look) {
    const reading = readingOf(look);
    const said = element(
      "p",
      { class: doubtful(reading, this.#threshold.value) ? "said unsure" : "said" },
      element("strong", {}, String(reading.label)),
      reading.known !== false ? element("span", {}, percent(reading.confidence)) : null,
      element("span", { class: "doubt" }, reading.known !== false ? "not sure" : verdict(reading, this.#threshold.value)),
      this.#models.length > 1 ? element("span", { class: "by" }, look.model) : null,
    );
    this.#verdicts.push({ said, reading });
    return said;
  }
}

function same(a, b) {
  return a.rows === b.rows && a.pixels === b.pixels;
}

async function patiently(ask, tries = TRIES) {
  try {
    return await ask();
  } catch (error) {
    if (!error.again || tries <= (error.status ? 0 : TRIES - TRIES_GONE)) throw error;
    await new Promise((done) => setTimeout(done, error.again));
    return patiently(ask, tries - 1);
  }
}

/** The picture itself, small; its address is given back as soon as it is drawn. */
async function thumbnail(file) {
  const image = element("img", {
    alt: file.name ? `The picture ${file.name}` : "The pasted picture",
    src: URL.createObjectURL(file),
  });
  await image.decode().catch(() => {}); // a kind that the server reads and this browser does not
  URL.revokeObjectURL(image.src);
  return image;
}

function refusal(file, error) {
  return element("li", {}, element("strong", {}, file.name || "pasted picture"), ` ${error.message}`);
}
