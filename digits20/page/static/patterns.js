// The first-layer weights as images, fetched once per model, and the tip that shows one beside its unit.

import { between, colour } from "./colours.js";
import { element } from "./dom.js";
import { decoded, units } from "./server.js";

const fetched = new Map();

/** A promise of model `index`'s weights as images: {rows, columns, count, pixels}, 128 for a weight of 0. */
export function patternsOf(index) {
  if (!fetched.has(index)) {
    const coming = units(index).then((content) => ({ ...content, pixels: decoded(content.pixels) }));
    coming.catch(() => fetched.delete(index));
    fetched.set(index, coming);
  }
  return fetched.get(index);
}

/** Draws one unit's weights at a place of a canvas, one canvas pixel per weight. */
export function drawPattern(context, { rows, columns, pixels }, unit, left, top) {
  const [none, warm, cool] = ["--sheet", "--warm", "--cool"].map(colour);
  const shades = Array.from({ length: 256 }, (_, level) =>
    level >= 128 ? between(none, warm, (level - 128) / 127) : between(none, cool, (128 - level) / 128),
  );
  const image = context.createImageData(columns, rows);
  const first = unit * rows * columns;
  for (let place = 0; place < rows * columns; place++) {
    image.data.set([...shades[pixels[first + place]], 255], 4 * place);
  }
  context.putImageData(image, left, top);
}

/** The tip beside the unit under the pointer. */
export class UnitPattern {
  #index;
  #unit = null;

  constructor(index) {
    this.#index = index;
    this.canvas = element("canvas", { class: "pixels" });
    this.text = element("p", {});
    this.element = element(
      "div",
      { class: "tip pattern", popover: "manual", role: "presentation" },
      this.canvas,
      this.text,
    );
    document.querySelector("main").append(this.element);
  }

  async show(unit, activation, event) {
    const changed = unit !== this.#unit;
    this.#unit = unit;
    if (unit === null) {
      if (changed) this.element.hidePopover();
      return;
    }
    this.text.textContent = `Unit ${unit + 1}${activation === null ? "" : `: ${activation.toFixed(2)}`}`;
    if (changed) {
      const patterns = await patternsOf(this.#index).catch(() => null);
      if (!patterns || unit !== this.#unit) return;
      this.canvas.hidden = unit >= patterns.count; // the server sends only the first 512
      this.canvas.width = patterns.columns;
      this.canvas.height = patterns.rows;
      if (!this.canvas.hidden) drawPattern(this.canvas.getContext("2d"), patterns, unit, 0, 0);
      this.element.showPopover();
    }
    this.element.style.left = `${Math.min(event.clientX + 14, innerWidth - this.element.offsetWidth - 8)}px`;
    this.element.style.top = `${Math.min(event.clientY + 14, innerHeight - this.element.offsetHeight - 8)}px`;
  }
}
