// Curves that grow while a training runs: a solid and a dashed line over the iterations, in SVG.

import { drawing, element } from "./dom.js";

const HEIGHT = 190;
const EDGE = { left: 52, right: 12, top: 10, bottom: 36 };
const MOST = 400; // points that are drawn of a line

export class Curves {
  #names;
  #worded;
  #points = [];
  #svg;
  #due = false;

  /** names: fields of a point, the solid line's, then the dashed one's; logarithmic or from 0 to 1. */
  constructor(title, names, { logarithmic, worded }) {
    this.#names = names;
    this.#worded = worded;
    this.logarithmic = logarithmic;
    this.title = title;
    this.#svg = drawing("svg", { role: "img", "aria-label": title, height: HEIGHT, class: "chart" });
    this.said = element("p", { class: "legend always" });
    this.heading = element("figcaption", {}, title);
    this.element = element("figure", { class: "curve" }, this.heading, this.#svg, this.said);
    new ResizeObserver(() => this.#soon()).observe(this.element);
  }

  /** What it draws from now on, as for the constructor. */
  become(title, names) {
    if (title === this.title) return;
    this.title = this.heading.textContent = title;
    this.#names = names;
  }

  show(points) {
    this.#points = points;
    this.#soon();
  }

  #soon() {
    if (!this.#due) requestAnimationFrame(() => this.#draw());
    this.#due = true;
  }

  #draw() {
    this.#due = false;
    const width = Math.max(200, this.element.clientWidth);
    const points = this.#points;
    const last = Math.max(10, points.length ? points.at(-1).iteration : 0);
    const along = (iteration) => EDGE.left + (iteration / last) * (width - EDGE.left - EDGE.right);
    const scale = this.#scale();
    const up = (value) => HEIGHT - EDGE.bottom - scale.share(value) * (HEIGHT - EDGE.bottom - EDGE.top);
    this.#svg.setAttribute("width", width);
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.#svg.replaceChildren(
      ...scale.ticks.flatMap((value) => [
        drawing("line", { x1: EDGE.left, x2: width - EDGE.right, y1: up(value), y2: up(value), class: "grid" }),
        drawing("text", { x: EDGE.left - 6, y: up(value) + 4, class: "end" }, this.#worded(value)),
      ]),
      ...[0, last].map((at) => drawing("text", { x: along(at), y: HEIGHT - 18, class: at ? "end" : "" }, String(at))),
      drawing("text", { x: (EDGE.left + width) / 2, y: HEIGHT - 4, class: "middle" }, "iteration"),
      ...this.#names.map((name, index) => this.#line(name, index, along, up)),
    );
    this.#say();
  }

  #line(name, index, along, up) {
    const known = this.#points.filter((point) => point[name] !== null && point[name] !== undefined);
    const every = Math.max(1, Math.ceil(known.length / MOST));
    const drawn = known.filter((_, place) => place % every === 0 || place === known.length - 1);
    const path = drawn.map((point, place) => `${place ? "L" : "M"}${along(point.iteration).toFixed(1)} ${up(point[name]).toFixed(1)}`);
    return drawing("path", { d: path.join(" "), class: index ? "line second" : "line" });
  }

  #say() {
    const last = this.#points.at(-1);
    const told = ["training", "validation"].map((part, index) => {
      const value = last?.[this.#names[index]];
      const text = value === null || value === undefined ? part : `${part} ${this.#worded(value, true)}`;
      return element("span", { class: index ? "second" : "first" }, text);
    });
    if (last && !Number.isFinite(last[this.#names[1]])) told.pop(); // nothing is held out to validate
    this.said.replaceChildren(...told);
    const words = told.map((part) => part.textContent).join(", ");
    this.#svg.setAttribute("aria-label", `${this.title}: ${words}`);
  }

  #scale() {
    if (!this.logarithmic) return { share: (value) => value, ticks: [0, 0.25, 0.5, 0.75, 1] };
    const values = this.#points.flatMap((point) => this.#names.map((name) => point[name])).filter((value) => value > 0);
    const low = Math.log10(Math.min(0.1, ...values));
    const high = Math.log10(Math.max(1, ...values));
    const share = (value) => Math.max(0, Math.log10(value) - low) / (high - low || 1);
    return { share, ticks: levels(low, high) };
  }
}

/** Powers of ten, and three times them where there are few, between 10 ** low and 10 ** high: at most six or so. */
export function levels(low, high) {
  const step = Math.ceil((high - low) / 5);
  const factors = high - low < 2.5 ? [1, 3] : [1];
  const powers = Array.from({ length: Math.floor(high) - Math.floor(low) + 1 }, (_, index) => Math.floor(low) + index);
  return powers
    .filter((power) => power % step === 0)
    .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
    .filter((value) => Math.log10(value) >= low && Math.log10(value) <= high);
}
