// The activations of one hidden layer as lights: the larger, the brighter.

import { between, colour, css } from "./colours.js";
import { element } from "./dom.js";

const CELL = 16; // canvas pixels from one light to the next
const GAP = 3;
const WIDE = 480; // pixels of the screen

export class Lights {
  #activations = [];

  /** One layer of `count` units; pointed(unit, activation, event) while one is pointed at, (null, null, event) after. */
  constructor(count, name, pointed = () => {}) {
    this.count = count;
    this.name = name;
    this.element = element("canvas", { class: "lights", role: "img" });
    this.#arrange(400);
    new ResizeObserver(([{ contentRect }]) => contentRect.width && this.#arrange(contentRect.width)).observe(
      this.element,
    );
    this.element.addEventListener("pointermove", (event) => {
      const unit = this.#unitAt(event);
      pointed(unit, this.#activations[unit] ?? null, event);
    });
    this.element.addEventListener("pointerleave", (event) => pointed(null, null, event));
    this.show([]);
  }

  show(activations) {
    this.#activations = activations;
    this.draw();
    const lit = activations.filter((activation) => activation > 0.5).length;
    const said = activations.length ? `${lit} of ${this.count} active` : `${this.count}, none active`;
    this.element.setAttribute("aria-label", `${this.name}: ${said}`);
  }

  /** More columns if there is room. */
  #arrange(width) {
    const columns = Math.min(this.count, Math.max(5, Math.ceil(Math.sqrt((width > WIDE ? 3 : 1.8) * this.count))));
    if (columns === this.columns) return;
    this.columns = columns;
    this.element.width = columns * CELL - GAP;
    this.element.height = Math.ceil(this.count / columns) * CELL - GAP;
    this.element.style.setProperty("--columns", columns);
    this.draw();
  }

  draw() {
    const [dark, cool, lit] = ["--unlit", "--cool", "--lit"].map(colour);
    const context = this.element.getContext("2d");
    const most = Math.max(1, ...this.#activations); // relu has no upper limit
    context.clearRect(0, 0, this.element.width, this.element.height);
    for (let unit = 0; unit < this.count; unit++) {
      const activation = this.#activations[unit] ?? 0;
      context.fillStyle = css(
        activation < 0 ? between(dark, cool, -activation) : between(dark, lit, activation / most),
      );
      const [left, top] = [(unit % this.columns) * CELL, Math.floor(unit / this.columns) * CELL];
      context.beginPath();
      context.roundRect(left, top, CELL - GAP, CELL - GAP, 4);
      context.fill();
    }
  }

  #unitAt(event) {
    const box = this.element.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * this.columns);
    const row = Math.floor((event.clientY - box.top) / (box.width / this.columns));
    const unit = row * this.columns + column;
    return column >= 0 && column < this.columns && unit >= 0 && unit < this.count ? unit : null;
  }
}
