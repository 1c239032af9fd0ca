// The network: activations upwards, and the gradient of an output by the pixels downwards, as digits20/nn has them.
// A layer is {kind: "dense" | "conv" | "pool", units | channels, size, groups}; maps are [channels, rows, columns].

const G = {
  sigmoid: { of: (z) => 0.5 * Math.tanh(0.5 * z) + 0.5, slope: (a) => a * (1 - a) },
  tanh: { of: Math.tanh, slope: (a) => 1 - a * a },
  relu: { of: (z) => Math.max(z, 0), slope: (a) => (a > 0 ? 1 : 0) },
};

const sizeOf = ([channels, rows, columns]) => channels * rows * columns;

export class Network {
  #steps; // {layer, Theta, below, above, squashed}
  #g;

  /** Thetas: an array a layer with weights, (out, 1 + in) row by row, bias first. */
  constructor({ inputs, layers, hidden, output }, Thetas) {
    this.output = output;
    this.#g = G[hidden];
    this.#steps = [];
    let below = inputs;
    let used = 0;
    for (const [at, layer] of layers.entries()) {
      const above = shapeAbove(layer, below);
      const Theta = layer.kind === "pool" ? null : Thetas[used++];
      const next = layers[at + 1];
      this.#steps.push({ layer, Theta, below, above, squashed: Boolean(next) && next.kind !== "pool" && used > 0 });
      below = above;
    }
  }

  /** [channels, rows, columns] of the activations of each layer with weights, after its pools. */
  get stages() {
    return this.#ends.map((end) => this.#steps[end].above);
  }

  get #ends() {
    const last = this.#steps.length - 1;
    const ends = this.#steps.flatMap((_, at) => (at < last && this.#steps[at + 1].Theta ? [at] : []));
    return [...ends, last].filter((end) => this.#steps.slice(0, end + 1).some(({ Theta }) => Theta));
  }

  /** {all, A}: what every layer makes of the pixels; and of each layer with weights, after its pools, at last the logits. */
  forward(pixels, off = []) {
    const all = [pixels];
    const [first] = this.#ends; // of whose maps those in `off` are taken as 0
    for (const [at, step] of this.#steps.entries()) {
      const Z = FORWARD[step.layer.kind](step, all.at(-1));
      all.push(step.squashed ? Z.map(this.#g.of) : Z);
      const places = step.above[1] * step.above[2];
      if (at === first) for (const map of off) all.at(-1).fill(0, map * places, (map + 1) * places);
    }
    return { all, A: this.#ends.map((end) => all[end + 1]) };
  }

  /** The outputs' own values, by their logits. */
  outputs(logits) {
    return this.output === "sigmoid" ? logits.map(G.sigmoid.of) : softmax(logits);
  }

  /** The derivative of an output's logit by each pixel, from what `forward` has told. */
  gradient({ all }, unit) {
    let delta = new Float64Array(all.at(-1).length);
    delta[unit] = 1;
    for (let at = this.#steps.length - 1; at >= 0; at--) {
      const step = this.#steps[at];
      if (step.squashed) delta = delta.map((value, place) => value * this.#g.slope(all[at + 1][place]));
      delta = BACKWARD[step.layer.kind](step, delta, all[at]);
    }
    return delta;
  }
}

export function softmax(logits) {
  const highest = logits.reduce((one, other) => Math.max(one, other));
  const powers = logits.map((z) => Math.exp(z - highest));
  const sum = powers.reduce((one, other) => one + other);
  return powers.map((power) => power / sum);
}

function shapeAbove(layer, [channels, rows, columns]) {
  if (layer.kind === "dense") return [layer.units, 1, 1];
  if (layer.kind === "conv") return [layer.channels, rows - layer.size + 1, columns - layer.size + 1];
  return [channels, Math.floor(rows / layer.size), Math.floor(columns / layer.size)];
}

/** Calls f(unit above, first weight, first of the units below) for every unit of a dense layer. */
function ofDense({ layer, below }, f) {
  const seen = sizeOf(below) / layer.groups;
  for (let unit = 0; unit < layer.units; unit++) {
    f(unit, unit * (1 + seen), Math.floor((unit * layer.groups) / layer.units) * seen, seen);
  }
}

/** Calls f(place above, places, channels above [from, to), the units below that the patch there is made of). */
function ofConv({ layer, below: [channels, rows, columns], above: [, high, wide] }, f) {
  const [seen, made, size] = [channels / layer.groups, layer.channels / layer.groups, layer.size];
  const patch = new Int32Array(seen * size * size);
  for (let group = 0; group < layer.groups; group++) {
    for (let place = 0; place < high * wide; place++) {
      const corner = (group * seen * rows + Math.floor(place / wide)) * columns + (place % wide);
      let tap = 0;
      for (let from = 0; from < seen; from++) {
        for (let row = 0; row < size; row++) {
          for (let column = 0; column < size; column++) patch[tap++] = corner + (from * rows + row) * columns + column;
        }
      }
      f(place, high * wide, group * made, (group + 1) * made, patch);
    }
  }
}

/** Calls f(unit above, the largest of its window below), the first of equal ones. */
function ofPool({ layer: { size }, below: [channels, rows, columns], above: [, high, wide] }, A, f) {
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < high; row++) {
      for (let column = 0; column < wide; column++) {
        const first = (channel * rows + row * size) * columns + column * size;
        let best = first;
        for (let tap = 0; tap < size * size; tap++) {
          const place = first + Math.floor(tap / size) * columns + (tap % size);
          if (A[place] > A[best]) best = place;
        }
        f((channel * high + row) * wide + column, best);
      }
    }
  }
}

const FORWARD = {
  dense(step, A) {
    const Z = new Float64Array(step.layer.units);
    ofDense(step, (unit, weight, first, seen) => {
      Z[unit] = step.Theta[weight] + dot(step.Theta, weight + 1, A.subarray(first, first + seen));
    });
    return Z;
  },
  conv(step, A) {
    const Z = new Float64Array(sizeOf(step.above));
    ofConv(step, (place, places, from, to, patch) => {
      const seen = new Float64Array(patch.length);
      for (let at = 0; at < seen.length; at++) seen[at] = A[patch[at]];
      for (let channel = from; channel < to; channel++) {
        const weight = channel * (1 + seen.length);
        Z[channel * places + place] = step.Theta[weight] + dot(step.Theta, weight + 1, seen);
      }
    });
    return Z;
  },
  pool(step, A) {
    const Z = new Float64Array(sizeOf(step.above));
    ofPool(step, A, (unit, best) => {
      Z[unit] = A[best];
    });
    return Z;
  },
};

const BACKWARD = {
  dense(step, delta) {
    const under = new Float64Array(sizeOf(step.below));
    ofDense(step, (unit, weight, first, seen) => {
      add(under.subarray(first, first + seen), delta[unit], step.Theta, weight + 1);
    });
    return under;
  },
  conv(step, delta) {
    const under = new Float64Array(sizeOf(step.below));
    ofConv(step, (place, places, from, to, patch) => {
      const seen = new Float64Array(patch.length);
      for (let channel = from; channel < to; channel++) {
        add(seen, delta[channel * places + place], step.Theta, channel * (1 + seen.length) + 1);
      }
      for (let at = 0; at < seen.length; at++) under[patch[at]] += seen[at];
    });
    return under;
  },
  pool(step, delta, A) {
    const under = new Float64Array(sizeOf(step.below));
    ofPool(step, A, (unit, best) => {
      under[best] += delta[unit];
    });
    return under;
  },
};

/** The scalar product of others and as many values from `start` on. */
export function dot(values, start, others) {
  let sum = 0;
  for (let at = 0; at < others.length; at++) sum += values[start + at] * others[at];
  return sum;
}

/** sums += factor · the values from `start` on. */
function add(sums, factor, values, start) {
  if (!factor) return;
  for (let at = 0; at < sums.length; at++) sums[at] += factor * values[start + at];
}
