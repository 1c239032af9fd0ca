// The Why tab: the network drawn for one drawing. Point at a unit for its sum, switch it off and see the answer change.

import { between, colour, css } from "./colours.js";
import { byId, drawing, element } from "./dom.js";
import { drawSigned, inkImage, patternImage } from "./images.js";
import { picture } from "./ink.js";
import { FeatureMaps } from "./maps.js";
import { why } from "./server.js";
import { Which } from "./which.js";
import { count, percent } from "./words.js";

const BROAD = { width: 860, height: 640, picture: 150, units: 400, side: 24, outputs: 640 }; // units and outputs: from the left
const NARROW = { width: 500, height: 1080, picture: 84, units: 176, side: 40, outputs: 262 }; // on a phone, for fingers
const MOST_LINES = 60; // between units and outputs: the strongest
const FAINTEST = 0.02; // share of the strongest line below which none is drawn
const THICK = 7;
const STAGES = ["The drawing, as the network receives it.", "The hidden units light up where it fits their weights.", ""];

const COURSE = { value: "course", name: "the course's, 25 hidden units" };

/** Returns a function that draws the network for the sheet's drawing, if there is a new one; `first`: other models. */
export function startWhy(models, sheet, trouble, first = [COURSE]) {
  const select = byId("why-model");
  first.forEach(({ value, name }) => select.append(element("option", { value }, name)));
  models.forEach((model, index) => select.append(element("option", { value: String(index) }, model.name)));
  const diagram = new Diagram();
  const maps = new FeatureMaps(() => explain(true));
  const which = new Which(sheet);
  byId("why-said").before(which.element);
  let shown = null; // the model for which the drawing is shown
  let asked = 0; // questions; only the last one's answer counts
  const explain = async (again = false) => {
    if (sheet.blank || (shown === select.value && again !== true)) return;
    const number = ++asked;
    try {
      if (again !== true) maps.switchAllOn();
      shown = select.value;
      const told = await why(await picture(sheet.strokes), shown, [...maps.off], sheet.symbol);
      if (shown in models && told.model !== models[shown].name) throw new Error(`${models[shown].name} is no longer on the server: reload the page`);
      if (number !== asked) return;
      which.show(told.symbols, told.explained);
      diagram.show(told, maps.off.size);
      maps.show(told.maps);
      trouble.hide();
    } catch (error) {
      if (number !== asked) return;
      shown = null;
      document.querySelector(".why-parts").hidden = true; // what it shows is not of what was asked
      byId("why-said").textContent = "No answer";
      trouble.show(error);
    }
  };
  sheet.addEventListener("change", () => {
    shown = null;
  });
  sheet.addEventListener("choose", () => {
    shown = null;
    if (!byId("why").hidden) explain();
  });
  select.addEventListener("change", () => explain());
  byId("why-step").addEventListener("click", () => diagram.step());
  byId("why-all").addEventListener("click", () => {
    diagram.switchAllOn();
    if (maps.switchAllOn()) explain(true);
  });
  document.addEventListener("themechange", () => {
    diagram.repaint();
    maps.draw();
  });
  window.addEventListener("resize", () => diagram.fit());
  return () => explain();
}

function fitting() {
  return byId("why-network").clientWidth < 560 ? NARROW : BROAD;
}

class Diagram {
  #told = null;
  #off = new Set();
  #without = 0;
  #chosen = null; // {kind: "unit" | "output", index}
  #stage = 3;
  #ink = "";
  #place = BROAD;
  #drawing = false;
  #patterns = [];

  /** told: the answer of /why; without: how many feature maps were switched off for it. */
  show(told, without = 0) {
    this.#told = told;
    this.#without = without;
    this.#off.clear();
    this.#stage = 3;
    this.#chosen = { kind: "output", index: this.#best() };
    document.querySelector(".why-parts").hidden = false;
    this.repaint();
  }

  /** Draw everything in the colours that show now. */
  repaint() {
    if (!this.#told) return;
    this.#ink = inkImage(this.#told.seen);
    this.#patterns = this.#told.units.map(({ pattern }) => (pattern ? patternImage(pattern) : null));
    this.draw();
  }

  /** Drawn anew where the window has become narrow or broad. */
  fit() {
    if (this.#told && byId("why-network").clientWidth && this.#place !== fitting()) this.draw();
  }

  step() {
    if (!this.#told) return;
    this.#stage = (this.#stage % 3) + 1;
    this.draw();
  }

  switchAllOn() {
    this.#off.clear();
    this.draw();
  }

  // what it computes

  #active(unit) {
    return this.#off.has(unit) ? 0 : this.#told.units[unit].activation;
  }

  /** relu has no upper limit. */
  #brightest() {
    return Math.max(1, ...this.#told.units.map(({ activation }) => Math.abs(activation)));
  }

  #sums() {
    return this.#told.base.map((base, label) =>
      this.#told.units.reduce((sum, _, unit) => sum + this.#active(unit) * this.#told.weights[label][unit], base),
    );
  }

  /** Each output's own value: of sigmoids they need not make 1 together. */
  #values() {
    const sums = this.#sums();
    if (this.#told.output === "sigmoid") return sums.map((sum) => 1 / (1 + Math.exp(-sum)));
    const most = Math.max(...sums);
    const powers = sums.map((sum) => Math.exp(sum - most));
    return powers.map((power) => power / powers.reduce((one, other) => one + other));
  }

  #best() {
    const values = this.#values();
    return values.indexOf(Math.max(...values));
  }

  // what it draws

  draw() {
    if (!this.#told) return;
    const { units, labels } = this.#told;
    this.#place = fitting();
    const focused = document.activeElement?.closest?.("#why-network .node")?.id;
    const values = this.#values();
    const best = this.#best();
    const { width, height } = this.#place;
    const at = (index, count) => ((index + 0.5) * height) / count;
    const lines = [...this.#linesIn(at), ...this.#linesOut(at)];
    const nodes = [
      this.#input(),
      ...units.map((unit, index) => this.#unit(unit, index, at(index, units.length))),
      ...labels.map((label, index) => this.#output(label, values[index], index, at(index, labels.length), best)),
    ];
    const name = `A network of ${this.#told.layers.join(", ")} units; it answers ${labels[best]}`;
    const attributes = { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": name, "data-stage": this.#stage, class: this.#place === NARROW ? "narrow" : "" };
    byId("why-network").replaceChildren(drawing("svg", attributes, ...lines, ...nodes));
    this.#drawing = true; // what has the focus anew is not chosen by it
    if (focused) byId(focused)?.focus();
    this.#drawing = false;
    byId("why-all").disabled = !this.#off.size && !this.#without;
    byId("why-said").textContent = STAGES[this.#stage - 1] || this.#said(values, best);
    this.#explain(values);
  }

  #said(values, best) {
    const parts = [count(this.#off.size, "unit"), count(this.#without, "feature map")].filter((part) => !part.startsWith("0"));
    const off = parts.length ? `, with ${parts.join(" and ")} switched off` : "";
    const { symbols, explained } = this.#told;
    const which = symbols.length > 1 ? ` for symbol ${explained + 1} of ${symbols.length}` : "";
    return `The answer${which} is ${this.#told.labels[best]}${off}; its output is ${percent(values[best])}.`;
  }

  #input() {
    const side = this.#place.picture;
    return drawing("image", { x: 4, y: (this.#place.height - side) / 2, width: side, height: side, href: this.#ink });
  }

  #linesIn(at) {
    const { units } = this.#told;
    const most = Math.max(1e-9, ...units.map((_, unit) => Math.abs(this.#active(unit))));
    return units.flatMap((_, unit) => {
      const share = Math.abs(this.#active(unit)) / most;
      if (share < FAINTEST) return [];
      const path = curve(4 + this.#place.picture, this.#place.height / 2, this.#place.units - this.#place.side / 2 - 10, at(unit, units.length));
      return [drawing("path", { d: path, class: `line later${this.#dim(unit, null)}`, "stroke-width": THICK * share * 0.6 })];
    });
  }

  #linesOut(at) {
    const { units, labels, weights } = this.#told;
    const all = labels.flatMap((_, label) =>
      units.map((_, unit) => ({ label, unit, adds: this.#active(unit) * weights[label][unit] })),
    );
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
    const off = this.#off.has(index);
    const box = { x: this.#place.units - side / 2, y: y - side / 2, width: side, height: side };
    const light = between(colour("--unlit"), colour("--lit"), Math.abs(this.#active(index)) / this.#brightest());
    const lamp = drawing("rect", { x: box.x - 9, y: box.y, width: 7, height: side, class: "light" });
    lamp.style.fill = css(light); // an attribute would give way to the style sheet
    const frame = drawing("rect", { ...box, rx: 3 });
    if (!this.#patterns[index]) frame.style.fill = css(light); // a unit whose weights are no picture
    const node = drawing(
      "g",
      {
        id: `why-unit-${index}`,
        class: `node later${off ? " off" : ""}${this.#isChosen("unit", index)}`,
        role: "button",
        tabindex: 0,
        "aria-pressed": String(off),
        "aria-label": `Switch off unit ${unit.number}, activation ${unit.activation.toFixed(2)}`,
      },
      frame,
      this.#patterns[index] ? drawing("image", { ...box, href: this.#patterns[index] }) : null,
      lamp,
    );
    const toggle = () => {
      if (!this.#off.delete(index)) this.#off.add(index);
      this.#choose("unit", index);
    };
    return this.#listening(node, "unit", index, toggle);
  }

  #output(label, value, index, y, best) {
    const { outputs: left, width } = this.#place;
    const node = drawing(
      "g",
      {
        id: `why-output-${index}`,
        class: `node last${index === best ? " best" : ""}${this.#isChosen("output", index)}`,
        role: "button",
        tabindex: 0,
        "aria-label": `Output ${label}: ${percent(value)}`,
      },
      drawing("rect", { x: left, y: y - 14, width: width - left - 4, height: 28, rx: 5 }),
      drawing("rect", { x: left + 40, y: y - 7, width: 90 * value, height: 14, rx: 3, class: "value" }),
      drawing("text", { x: left + 12, y: y + 5 }, String(label)),
      " ", // else the name does not hold what is seen, "2" and "0.2 %" read as one
      drawing("text", { x: left + 138, y: y + 5, class: "faint" }, percent(value)),
    );
    return this.#listening(node, "output", index, () => this.#choose("output", index));
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

  // the sum, term by term

  #explain(values) {
    const { kind, index } = this.#chosen;
    const unit = kind === "unit" ? this.#told.units[index] : null;
    const canvas = byId("why-pattern");
    canvas.hidden = !unit?.pattern;
    if (unit?.pattern) drawSigned(canvas, unit.pattern);
    byId("why-title").textContent = unit ? `Unit ${unit.number}` : `Output ${this.#told.labels[index]}`;
    byId("why-sum").replaceChildren(...(unit ? this.#ofUnit(unit, index) : this.#ofOutput(index, values[index])));
  }

  #ofUnit(unit, index) {
    const best = this.#best();
    const adds = this.#active(index) * this.#told.weights[best][index];
    const said = this.#off.has(index)
      ? "Switched off: it adds nothing. Click it to switch it on again."
      : `It adds ${number(unit.activation)} × ${number(this.#told.weights[best][index])} = ${number(adds)} to the output ${this.#told.labels[best]}. Click it to switch it off.`;
    if (unit.bias === undefined) return [element("p", {}, `Activation ${number(unit.activation)}.`), element("p", {}, said)];
    const sum = unit.bias + unit.raised + unit.lowered;
    const rows = [
      ["bias", unit.bias],
      [unit.pattern ? "ink × weight, above 0" : "input × weight, above 0", unit.raised],
      [unit.pattern ? "ink × weight, below 0" : "input × weight, below 0", unit.lowered],
      ["sum z", sum],
      [`activation ${nameOf(this.#told.hidden)}(z)`, unit.activation],
    ];
    return [table(rows), element("p", {}, said)];
  }

  #ofOutput(label, value) {
    const { units, weights, base, output } = this.#told;
    const terms = units
      .map(({ number: unit, activation }, index) => ({ unit, activation, index, weight: weights[label][index] }))
      .map((one) => ({ ...one, adds: this.#active(one.index) * one.weight }))
      .sort((one, other) => Math.abs(other.adds) - Math.abs(one.adds));
    const [shown, rest] = [terms.slice(0, 8), terms.slice(8)];
    const restSum = rest.reduce((sum, { adds }) => sum + adds, 0);
    const sum = base[label] + terms.reduce((all, { adds }) => all + adds, 0);
    const rows = [
      [units.length < this.#told.layers.at(-2) ? "bias and units not shown" : "bias", base[label]],
      ...shown.map(({ unit, adds, weight, activation, index }) => [
        this.#off.has(index) ? `unit ${unit}: off` : `unit ${unit}: ${number(activation)} × ${number(weight)}`,
        adds,
      ]),
      ...(rest.length ? [[`${rest.length} more units`, restSum]] : []),
      ["sum z", sum],
      [`output ${nameOf(output)}(z)`, percent(value)],
    ];
    return [table(rows)];
  }
}

const nameOf = (activation) => (activation === "sigmoid" ? "g" : activation);

function number(value) {
  return value.toFixed(2).replace("-", "\u2212");
}

function table(rows) {
  return element(
    "table",
    {},
    element("tbody", {}, ...rows.map(([name, value]) => element("tr", {}, element("td", {}, name), element("td", {}, typeof value === "number" ? number(value) : value)))),
  );
}

function curve(x1, y1, x2, y2) {
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}
