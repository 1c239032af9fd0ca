// The cost by iteration as a line chart in SVG, as wide as its container.

import { drawing, element } from "./dom.js";

const HEIGHT = 260;
const EDGE = { left: 58, right: 14, top: 12, bottom: 42 };

export class CostChart {
  #costs;
  #svg;
  #readout;

  /** costs: the cost at the start, then after each iteration. */
  constructor(costs) {
    this.#costs = costs;
    const [first, last] = [costs[0], costs.at(-1)];
    const said = `Cost over ${costs.length - 1} iterations, from ${short(first)} at the start to ${short(last)} at the end.`;
    this.#svg = drawing("svg", { role: "img", "aria-label": said, height: HEIGHT, class: "chart" });
    this.#readout = element("p", { class: "faint readout" }, said);
    this.element = element("div", {}, this.#svg, this.#readout);
    new ResizeObserver(() => this.#draw()).observe(this.element);
  }

  #draw() {
    const width = Math.max(240, this.element.clientWidth);
    const along = scale([0, this.#costs.length - 1], [EDGE.left, width - EDGE.right]);
    const up = costScale(this.#costs, [HEIGHT - EDGE.bottom, EDGE.top]);
    const line = this.#costs.map((cost, at) => `${at ? "L" : "M"}${along(at).toFixed(1)} ${up.place(cost).toFixed(1)}`);
    const mark = drawing("circle", { r: 4, class: "mark", visibility: "hidden" });
    this.#svg.setAttribute("width", width);
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.#svg.replaceChildren(
      ...up.ticks.flatMap((cost) => levelTick(up.place(cost), width, short(cost))),
      ...ticks(0, this.#costs.length - 1, width / 90)
        .filter(Number.isInteger)
        .map((at) => iterationTick(along(at), String(at))),
      drawing("path", { d: line.join(" "), class: "line" }),
      drawing("text", { x: (EDGE.left + width - EDGE.right) / 2, y: HEIGHT - 4, class: "middle" }, "iteration"),
      mark,
    );
    this.#svg.onpointermove = (event) => this.#read(event, along, up, width, mark);
  }

  #read(event, along, up, width, mark) {
    const share = (event.offsetX - EDGE.left) / (width - EDGE.left - EDGE.right);
    const last = this.#costs.length - 1;
    const at = Math.min(last, Math.max(0, Math.round(share * last)));
    mark.setAttribute("cx", along(at));
    mark.setAttribute("cy", up.place(this.#costs[at]));
    mark.setAttribute("visibility", "visible");
    this.#readout.textContent = `Iteration ${at}: ${short(this.#costs[at])}`;
  }
}

function levelTick(y, width, text) {
  return [
    drawing("line", { x1: EDGE.left, x2: width - EDGE.right, y1: y, y2: y, class: "grid" }),
    drawing("text", { x: EDGE.left - 8, y: y + 4, class: "end" }, text),
  ];
}

function iterationTick(x, text) {
  return drawing("text", { x, y: HEIGHT - EDGE.bottom + 20, class: "middle" }, text);
}

function scale([from, to], [start, end]) {
  return (value) => start + ((value - from) / (to - from || 1)) * (end - start);
}

/** Logarithmic if the costs span more than a factor of ten, else linear from zero. */
function costScale(costs, room) {
  const [least, most] = [Math.min(...costs), Math.max(...costs)];
  if (least > 0 && most > 10 * least) {
    const place = scale([Math.log10(least), Math.log10(most)], room);
    const powers = decades(least, most);
    return { place: (cost) => place(Math.log10(cost)), ticks: powers };
  }
  return { place: scale([Math.min(0, least), most], room), ticks: ticks(Math.min(0, least), most, 5) };
}

/** 1, 2 and 5 times the powers of ten from least to most, fewer if they would crowd. */
function decades(least, most) {
  const powers = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.log10(most); power++) powers.push(power);
  const steps = powers.length > 4 ? [1] : powers.length > 3 ? [1, 3] : [1, 2, 5];
  return powers
    .flatMap((power) => steps.map((step) => step * 10 ** power))
    .filter((cost) => cost >= least && cost <= most);
}

/** About `wanted` round numbers from `from` to `to`. */
function ticks(from, to, wanted) {
  const raw = (to - from || 1) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= raw) * power;
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= to + 1e-9; at += step) found.push(Number(at.toPrecision(12)));
  return found;
}

function short(cost) {
  return Number(cost.toPrecision(3)).toString();
}
