// The outputs as bars, one per label, the highest marked.

import { element } from "./dom.js";
import { percent } from "./words.js";

const MANY = 12; // with more labels than this there are two columns

export class Bars {
  constructor(labels) {
    this.rows = labels.map((label) => {
      const value = element("span", { class: "value" }, "–");
      const row = element(
        "li",
        {},
        element("span", { class: "label" }, String(label)),
        element("span", { class: "track" }, element("span", { class: "fill" })),
        value,
      );
      return { row, value };
    });
    this.element = element(
      "ol",
      { class: labels.length > MANY ? "bars many" : "bars", "aria-label": "Output of each label" },
      ...this.rows.map(({ row }) => row),
    );
  }

  /** scores: a value from 0 to 1 per label, or null for a blank sheet; best: the index to mark. */
  show(scores, best) {
    this.rows.forEach(({ row, value }, index) => {
      const score = scores ? scores[index] : 0;
      row.style.setProperty("--score", score.toFixed(4));
      row.classList.toggle("best", scores !== null && index === best);
      value.textContent = scores ? percent(score) : "–";
    });
  }
}
