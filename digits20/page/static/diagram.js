// The drawing of a network for one drawing: pixels, hidden units, outputs and what passes between them, layer by layer.

import { between, colour, css } from "./colours.js";
import { byId, drawing } from "./dom.js";
import { inkImage, patternImage } from "./images.js";
import { NARROW, besideLabels, fitting } from "./layout.js";
import { STEPS, after } from "./steps.js";
import { showHint, showSum } from "./sums.js";
import { count, percent } from "./words.js";

const MOST_LINES = 60; // between units and outputs: the strongest
const FAINTEST = 0.02; // share of the strongest line below which none is drawn
const THICK = 7;

export class Diagram {
  #activity = null;
  #chosen = null; // {kind: "unit" | "output", index}
  #step = "outputs";
  #ink = "";
  #place = null; // where everything lies, see layout.js
  #drawing = false;
  #patterns = [];

  /** activity: an Activity; again: whether it is of the same drawing as before, at the same step. */
  show(activity, again = false) {
    this.#activity = activity;
    if (!again) this.#step = "outputs";
    this.#chooseBest();
    document.querySelector(".why-parts").hidden = false;
    this.repaint();
  }

  get #told() {
    return this.#activity.told;
  }

  #chooseBest() {
    this.#chosen = { kind: "output", index: this.#activity.best };
  }

  /** Draw everything in the colours that show now. */
  repaint() {
    if (!this.#activity) return;
    this.#ink = inkImage(this.#told.seen);
    this.#patterns = this.#told.units.map(({ pattern }) => (pattern ? patternImage(pattern) : null));
    this.draw();
  }

  /** Drawn anew where the window has become narrow or broad. */
  fit() {
    if (this.#activity && byId("why-network").clientWidth && this.#place !== fitting()) this.draw();
  }

  /** To the next layer; after the last one to the drawing. */
  step() {
    if (!this.#activity) return;
    this.#step = after(this.#step, this.#told);
    this.#chooseBest();
    this.draw();
  }

  switchAllOn() {
    this.#activity?.off.clear();
    this.draw();
  }

  draw() {
    if (!this.#activity) return;
    const { units, labels, layers } = this.#told;
    this.#place = fitting();
    const focused = document.activeElement?.closest?.("#why-network .node")?.id;
    const { width, height } = this.#place;
    const at = (index, count) => ((index + 0.5) * height) / count;
    const lines = [...this.#linesIn(at), ...this.#linesOut(at)];
    const nodes = [
      this.#input(),
      ...units.map((unit, index) => this.#unit(unit, index, at(index, units.length))),
      ...labels.map((label, index) => this.#output(label, index, at(index, labels.length))),
    ];
    const answer = this.#step === "outputs" ? `; it answers ${labels[this.#activity.best]}` : "";
    const name = `A network of ${layers.join(", ")} units${answer}`;
    const attributes = { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": name, class: this.#place === NARROW ? "narrow" : "" };
    byId("why-network").replaceChildren(drawing("svg", attributes, ...lines, ...nodes));
    this.#squeeze();
    this.#drawing = true; // what has the focus anew is not chosen by it
    if (focused) byId(focused)?.focus();
    this.#drawing = false;
    this.#say();
  }

  /** The step in words, and what is chosen in the panel beside it. */
  #say() {
    const { off, without } = this.#activity;
    const answered = this.#step === "outputs";
    const [said, title, hint] = STEPS[this.#step] ?? [];
    document.querySelector(".why-parts").dataset.step = this.#step;
    byId("why-all").disabled = !off.size && !without;
    byId("why-said").textContent = said && !off.size && !without ? said : this.#answer();
    if (answered || this.#chosen.kind === "unit") showSum(this.#activity, this.#chosen, answered);
    else showHint(title, hint);
  }

  #answer() {
    const { off, without, best, values } = this.#activity;
    const { symbols, explained, labels } = this.#told;
    const parts = [count(off.size, "unit"), count(without, "feature map")].filter((part) => !part.startsWith("0"));
    const switched = parts.length ? `, with ${parts.join(" and ")} switched off` : "";
    const which = symbols.length > 1 ? ` for symbol ${explained + 1} of ${symbols.length}` : "";
    return `The answer${which} is ${labels[best]}${switched}; its output is ${percent(values[best])}.`;
  }

  #input() {
    const side = this.#place.picture;
    return drawing("image", { x: 4, y: (this.#place.height - side) / 2, width: side, height: side, href: this.#ink });
  }

  #linesIn(at) {
    const { units } = this.#told;
    const most = Math.max(1e-9, ...units.map((_, unit) => Math.abs(this.#activity.active(unit))));
    return units.flatMap((_, unit) => {
      const share = Math.abs(this.#activity.active(unit)) / most;
      if (share < FAINTEST) return [];
      const path = curve(4 + this.#place.picture, this.#place.height / 2, this.#place.units - this.#place.side / 2 - 10, at(unit, units.length));
      return [drawing("path", { d: path, class: `line later${this.#dim(unit, null)}`, "stroke-width": THICK * share * 0.6 })];
    });
  }

  #linesOut(at) {
    const { units, labels } = this.#told;
    const all = labels.flatMap((_, label) => units.map((_, unit) => ({ label, unit, adds: this.#activity.adds(unit, label) })));
    const most = Math.max(1e-9, ...all.map(({ adds }) => Math.abs(adds)));
    const strongest = all.sort((one, other) => Math.abs(other.adds) - Math.abs(one.adds)).slice(0, MOST_LINES);
    return strongest.flatMap(({ label, unit, adds }) => {
      const share = Math.abs(adds) / most;
      if (share < FAINTEST) return [];
      const kind = `line last ${adds > 0 ? "adds" : "takes"}${this.#dim(unit, label)}`;
      const path = curve(this.#place.units + this.#place.side / 2 + 2, at(unit, units.length), this.#place.outputs - 4, at(label, labels.length));
      return [drawing("path", { d: path, class: kind, "stroke-width": Math.max(0.5, THICK * share) })];
    });
  }

  /** Lines that do not touch the chosen unit or output step back. */
  #dim(unit, label) {
    const { kind, index } = this.#chosen;
    const touches = kind === "unit" ? unit === index : label === null || label === index;
    return touches ? "" : " dim";
  }

  #unit(unit, index, y) {
    const side = Math.min(this.#place.side, this.#place.height / this.#told.units.length - 2);
    const { off, brightest } = this.#activity;
    const box = { x: this.#place.units - side / 2, y: y - side / 2, width: side, height: side };
    const light = between(colour("--unlit"), colour("--lit"), Math.abs(this.#activity.active(index)) / brightest);
    const lamp = drawing("rect", { x: box.x - 9, y: box.y, width: 7, height: side, class: "light" });
    lamp.style.fill = css(light); // an attribute would give way to the style sheet
    const frame = drawing("rect", { ...box, rx: 3 });
    if (!this.#patterns[index]) frame.style.fill = css(light); // a unit whose weights are no picture
    const node = drawing(
      "g",
      {
        id: `why-unit-${index}`,
        class: `node later${off.has(index) ? " off" : ""}${this.#isChosen("unit", index)}`,
        role: "button",
        tabindex: 0,
        "aria-pressed": String(off.has(index)),
        "aria-label": `Switch off unit ${unit.number}, activation ${unit.activation.toFixed(2)}`,
      },
      frame,
      this.#patterns[index] ? drawing("image", { ...box, href: this.#patterns[index] }) : null,
      lamp,
    );
    const toggle = () => {
      if (!off.delete(index)) off.add(index);
      this.#choose("unit", index);
    };
    return this.#listening(node, "unit", index, toggle);
  }

  #output(label, index, y) {
    const { outputs: left, width } = this.#place;
    const value = this.#activity.values[index];
    const [room, bar] = besideLabels(this.#place, this.#told.labels);
    const from = left + 12 + room;
    const node = drawing(
      "g",
      {
        id: `why-output-${index}`,
        class: `node last${index === this.#activity.best ? " best" : ""}${this.#isChosen("output", index)}`,
        role: "button",
        tabindex: 0,
        "aria-label": `Output ${label}: ${percent(value)}`,
      },
      drawing("rect", { x: left, y: y - 14, width: width - left - 4, height: 28, rx: 5 }),
      drawing("rect", { x: from, y: y - 7, width: bar * value, height: 14, rx: 3, class: "value" }),
      drawing("text", { x: left + 12, y: y + 5, class: "label" }, String(label)),
      " ", // else the name does not hold what is seen, "2" and "0.2 %" read as one
      drawing("text", { x: from + bar + 8, y: y + 5, class: "faint" }, percent(value)),
    );
    return this.#listening(node, "output", index, () => this.#choose("output", index));
  }

  /** Labels that are wider than their room, however long, are made as wide as it. */
  #squeeze() {
    const room = besideLabels(this.#place, this.#told.labels)[0] - 6;
    for (const label of byId("why-network").querySelectorAll(".label")) {
      if (label.getComputedTextLength() <= room) continue;
      label.setAttribute("textLength", room);
      label.setAttribute("lengthAdjust", "spacingAndGlyphs");
    }
  }

  #isChosen(kind, index) {
    return this.#chosen.kind === kind && this.#chosen.index === index ? " chosen" : "";
  }

  #listening(node, kind, index, act) {
    node.addEventListener("click", act);
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      act();
    });
    for (const event of ["pointerenter", "focus"]) {
      node.addEventListener(event, () => this.#drawing || this.#isChosen(kind, index) || this.#choose(kind, index));
    }
    return node;
  }

  #choose(kind, index) {
    this.#chosen = { kind, index };
    this.draw();
  }
}

function curve(x1, y1, x2, y2) {
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}
