// What a network computed for a drawing, and what its answer would be with some of its units switched off.

export class Activity {
  off = new Set(); // units

  /** told: the answer of /why; without: how many feature maps were switched off for it. */
  constructor(told, without = 0) {
    this.told = told;
    this.without = without;
  }

  active(unit) {
    return this.off.has(unit) ? 0 : this.told.units[unit].activation;
  }

  /** relu has no upper limit. */
  get brightest() {
    return Math.max(1, ...this.told.units.map(({ activation }) => Math.abs(activation)));
  }

  /** What the unit adds to that output. */
  adds(unit, label) {
    return this.active(unit) * this.told.weights[label][unit];
  }

  get #sums() {
    return this.told.base.map((base, label) => this.told.units.reduce((sum, _, unit) => sum + this.adds(unit, label), base));
  }

  /** Each output's own value: of sigmoids they need not make 1 together. */
  get values() {
    if (this.told.output === "sigmoid") return this.#sums.map((sum) => 1 / (1 + Math.exp(-sum)));
    const most = Math.max(...this.#sums);
    const powers = this.#sums.map((sum) => Math.exp(sum - most));
    return powers.map((power) => power / powers.reduce((one, other) => one + other));
  }

  get best() {
    return this.values.indexOf(Math.max(...this.values));
  }
}
