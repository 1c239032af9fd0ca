// One model's prediction for a drawing: label and confidence, the scores, the network's input, the hidden activations.

import { Bars } from "./bars.js";
import { element } from "./dom.js";
import { Lights } from "./lights.js";
import { doubtful, readingOf, verdict } from "./reading.js";
import { drawSeen } from "./seen.js";
import { describeTerms, term } from "./terms.js";

const LONG = 3; // letters of a label, beyond which they are smaller and may take several lines

export class Answer {
  #blank;
  #look = null;
  #reading = null;
  #why = "";
  #saliencyWanted = false;
  #threshold;

  /** model: one entry of /models; named: whether to show its name; pattern: the UnitPattern of its first layer. */
  constructor(model, named, threshold, pattern) {
    const [rows, columns] = model.image_shape;
    this.#blank = { rows, columns, pixels: null };
    this.model = model;
    this.#threshold = threshold;
    this.bars = new Bars(model.labels);
    this.lights = model.layer_sizes.slice(1, -1).map((count, layer) => {
      const name = model.layer_sizes.length > 3 ? `Hidden units, layer ${layer + 1}` : "Hidden units";
      return new Lights(count, name, layer === 0 ? (...at) => pattern.show(...at) : undefined);
    });
    this.glyph = element("span", { class: "glyph" }, "?");
    this.sure = element("span", { class: "sure" });
    this.seen = element("canvas", { class: "pixels", role: "img", "aria-label": "No image yet" });
    this.element = this.#build(named);
    describeTerms(this.element);
    this.show(null);
    threshold.addEventListener("change", () => this.#showVerdict());
  }

  #build(named) {
    const parts = [
      element(
        "div",
        { class: "verdict" },
        this.glyph,
        element("div", {}, element("h2", { class: named ? "" : "unseen" }, this.model.name), this.sure),
      ),
      element("div", { class: "scores" }, element("h3", {}, term("score", "Outputs")), this.bars.element),
      element("div", { class: "sight" }, element("h3", {}, term("seen", "Network input")), this.seen, legend()),
      element("div", { class: "inside" }, ...this.lights.map((layer) => lit(layer)), activationLegend(this.model.hidden)),
    ];
    const name = `Prediction of ${this.model.name}`;
    return element("article", { class: "answer", "aria-label": name }, element("div", { class: "parts" }, ...parts));
  }

  /** look: this model's part of /look, or null where there is none; why: what to say then. */
  show(look, why = "Waiting for your digit") {
    this.#look = look;
    this.#reading = look && readingOf(look);
    this.#why = why;
    this.bars.show(look?.outputs ?? null, look ? look.labels.indexOf(look.label) : -1);
    this.lights.forEach((layer, index) => layer.show(look?.layers[index] ?? []));
    this.seen.setAttribute("aria-label", look ? `The network's input, predicted as ${look.label}` : "No image yet");
    this.#showVerdict();
    this.#showSeen();
  }

  set saliency(wanted) {
    this.#saliencyWanted = wanted;
    this.#showSeen();
  }

  redraw() {
    this.#showSeen();
    this.lights.forEach((layer) => layer.draw());
  }

  /** The prediction in words, for screen readers. */
  get said() {
    const reading = this.#reading;
    if (!reading) return "";
    const { value } = this.#threshold;
    return `${doubtful(reading, value) ? "" : `${reading.label}, `}${verdict(reading, value)}`;
  }

  #showVerdict() {
    const reading = this.#reading;
    const { value } = this.#threshold;
    this.element.classList.toggle("unsure", reading !== null && doubtful(reading, value));
    this.element.classList.toggle("empty", reading === null);
    this.glyph.textContent = reading ? String(reading.label) : "";
    this.glyph.classList.toggle("long", this.glyph.textContent.length > LONG);
    this.sure.textContent = reading ? verdict(reading, value) : this.#why;
  }

  #showSeen() {
    const salient = this.#saliencyWanted && this.#look !== null;
    this.element.classList.toggle("salient", salient);
    drawSeen(this.seen, this.#look?.seen ?? this.#blank, salient ? this.#look.saliency : null);
  }
}

function legend() {
  return element(
    "p",
    { class: "legend" },
    element("span", { class: "warm" }, "ink here raises the score"),
    element("span", { class: "cool" }, "ink here lowers the score"),
  );
}

/** Units of tanh are negative too: what their two colours mean. */
function activationLegend(hidden) {
  if (hidden !== "tanh") return null;
  return element(
    "p",
    { class: "legend always" },
    element("span", { class: "lit" }, "activation above 0"),
    element("span", { class: "cool" }, "activation below 0"),
  );
}

function lit(layer) {
  return element("div", {}, element("h3", {}, term("hidden", layer.name)), layer.element);
}
