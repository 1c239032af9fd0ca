// The gallery of uploads: each picture, what the models saw of it and said; and the list of those that nobody can read.

import { labelList } from "./correct.js";
import { element } from "./dom.js";
import { drawSeen, seenCanvas } from "./seen.js";
import { look } from "./server.js";
import { bytes, percent } from "./words.js";

const LARGEST = 5e6; // bytes; the server refuses more, and need not be sent it first
const TRIES = 20; // while the server is busy

export class Gallery {
  read = 0;
  refused = 0;
  #list;
  #unreadable;
  #models;
  #collection;
  #complain;
  #drawn = []; // {canvas, seen}: to draw anew in other colours

  constructor(list, unreadable, models, collection, complain) {
    this.#list = list;
    this.#unreadable = unreadable;
    this.#models = models;
    this.#collection = collection;
    this.#complain = complain;
    collection.addEventListener("change", () => {
      for (const relabel of list.querySelectorAll(".relabel")) relabel.hidden = !collection.possible;
    });
    document.addEventListener("themechange", () => {
      for (const { canvas, seen } of this.#drawn) drawSeen(canvas, seen, null);
    });
  }

  get size() {
    return this.read + this.refused;
  }

  /** A promise that is kept once the file is in the gallery or among the unreadable. */
  async add(file) {
    const round = this.#drawn; // another one once the gallery was emptied
    try {
      if (file.size > LARGEST) throw new Error(`${bytes(file.size)}, at most ${bytes(LARGEST)}`);
      const { models } = await patiently(() => look(file));
      const card = await this.#card(file, models);
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
    this.read = this.refused = 0;
  }

  async #card(file, looks) {
    return element(
      "li",
      {},
      element("p", { class: "file", title: file.name }, file.name || "pasted picture"),
      element("div", { class: "pair" }, await thumbnail(file), ...this.#sights(looks)),
      ...looks.map((one) => this.#answer(one)),
      labelList(this.#collection, this.#models[0].labels, looks[0].label, file, this.#complain),
    );
  }

  /** What each model saw, unless another one saw the same. */
  #sights(looks) {
    const different = looks.filter((one, index) => looks.findIndex((other) => same(one.seen, other.seen)) === index);
    return different.map(({ seen, label }) => {
      const canvas = seenCanvas(seen, `What was read as ${label}`);
      this.#drawn.push({ canvas, seen });
      return canvas;
    });
  }

  #answer({ model, label, confidence }) {
    return element(
      "p",
      { class: "said" },
      element("strong", {}, String(label)),
      element("span", {}, percent(confidence)),
      this.#models.length > 1 ? element("span", { class: "by" }, model) : null,
    );
  }
}

function same(a, b) {
  return a.rows === b.rows && a.pixels === b.pixels;
}

async function patiently(ask, tries = TRIES) {
  try {
    return await ask();
  } catch (error) {
    if (!error.again || tries === 0) throw error;
    await new Promise((done) => setTimeout(done, error.again));
    return patiently(ask, tries - 1);
  }
}

/** The picture itself, small; its address is given back as soon as it is drawn. */
async function thumbnail(file) {
  const image = element("img", { alt: file.name ? `The picture ${file.name}` : "The pasted picture", src: URL.createObjectURL(file) });
  await image.decode().catch(() => {}); // a kind that the server reads and this browser does not
  URL.revokeObjectURL(image.src);
  return image;
}

function refusal(file, error) {
  return element("li", {}, element("strong", {}, file.name || "pasted picture"), ` ${error.message}`);
}
