// A model as digits20/learning/model.py has it: calibrated probabilities, and whether an image is like any it learned.

import { prepared } from "./images/geometry.js";
import { grid } from "./images/grids.js";
import { Network, dot, softmax } from "./network.js";

/** What every model knows of an image: {x, A, passed, logits, scores, outputs, known}; A as `Network.forward` has it. */
export class Model {
  #preprocess;
  #confidence;
  #layers;

  /** told: what digits20/formats/alone.py has written into the page. */
  constructor(told) {
    this.name = told.name;
    this.labels = told.labels;
    this.shape = told.image_shape;
    this.hidden = told.hidden;
    this.output = told.output;
    this.widths = told.widths; // units of each layer, the pixels first
    this.patch = told.patch; // rows and columns that a unit of the first layer sees
    this.Thetas = told.thetas.map(numbers);
    this.network = new Network({ ...told }, this.Thetas);
    this.#preprocess = told.preprocess;
    this.#layers = this.network.stages.length;
    this.#confidence = told.confidence && {
      ...told.confidence,
      centres: numbers(told.confidence.centres),
      directions: numbers(told.confidence.directions),
    };
  }

  /** pixels: rows × columns, ink 1 on paper 0, row by row. */
  see(pixels) {
    const [rows, columns] = this.shape;
    const x = prepared(grid(rows, columns, Float64Array.from(pixels)), this.#preprocess).data;
    const passed = this.network.forward(x);
    const { A } = passed;
    const logits = A.at(-1);
    const outputs = this.network.outputs(logits);
    return { x, A, passed, logits, outputs, scores: this.#scores(logits), known: this.#known(x, A) };
  }

  /** Whether it can tell what it does not know. */
  get tellsUnknown() {
    return Boolean(this.#confidence);
  }

  #scores(logits) {
    if (this.#confidence) return softmax(logits.map((z) => z / this.#confidence.temperature));
    return this.output === "softmax" ? softmax(logits) : softmax(logits.map((z) => -softplus(-z)));
  }

  #known(x, A) {
    if (!this.#confidence) return null;
    const { layer, margin, threshold } = this.#confidence;
    const [second, first] = [...A[this.#layers - 1]].sort((a, b) => a - b).slice(-2);
    const lead = first === undefined ? 0 : first - second;
    return threshold === null || this.#distance(layer ? A[layer - 1] : x) - margin * lead <= threshold;
  }

  /** From activations, scaled to length 1, to the nearest of the classes' subspaces. */
  #distance(A) {
    const { centres, directions } = this.#confidence;
    const length = Math.max(Math.sqrt(dot(A, 0, A)), 1e-12);
    const across = directions.length / centres.length; // directions of a class
    let nearest = Infinity;
    for (let k = 0; k < centres.length / A.length; k++) {
      const away = A.map((value, at) => value / length - centres[k * A.length + at]);
      let squared = dot(away, 0, away);
      for (let r = 0; r < across; r++) squared -= dot(directions, (k * across + r) * A.length, away) ** 2;
      nearest = Math.min(nearest, squared);
    }
    return Math.sqrt(Math.max(nearest, 0));
  }
}

/** log(1 + exp(z)) */
const softplus = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));

/** The numbers of a base64 text: float32 without the last byte of each, which no answer shows. */
function numbers(text) {
  const bytes = atob(text);
  const bits = new Uint32Array(bytes.length / 3);
  bits.forEach((_, at) => {
    const [low, middle, high] = [0, 1, 2].map((byte) => bytes.charCodeAt(3 * at + byte));
    bits[at] = (low << 8) | (middle << 16) | (high << 24);
  });
  return Float64Array.from(new Float32Array(bits.buffer));
}
