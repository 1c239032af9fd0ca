// The panel beside the drawn network: a unit's or an output's sum, term by term as the lecture has it.

import { byId, element } from "./dom.js";
import { drawSigned } from "./images.js";
import { percent } from "./words.js";

const MOST_TERMS = 8; // of an output's sum, the largest

/** chosen: {kind: "unit" | "output", index}; answered: whether the answer may be told already. */
export function showSum(activity, chosen, answered) {
  const { units, labels } = activity.told;
  const unit = chosen.kind === "unit" ? units[chosen.index] : null;
  const canvas = byId("why-pattern");
  canvas.hidden = !unit?.pattern;
  if (unit?.pattern) drawSigned(canvas, unit.pattern);
  byId("why-title").textContent = unit ? `Unit ${unit.number}` : `Output ${labels[chosen.index]}`;
  const sum = unit ? sumOfUnit(activity, chosen.index, answered) : sumOfOutput(activity, chosen.index);
  byId("why-sum").replaceChildren(...sum);
}

/** What can be done with what is shown, where nothing is chosen. */
export function showHint(title, text) {
  byId("why-pattern").hidden = true;
  byId("why-title").textContent = title;
  byId("why-sum").replaceChildren(element("p", {}, text));
}

function sumOfUnit(activity, index, answered) {
  const unit = activity.told.units[index];
  const said = `${whatItAdds(activity, index, answered)}Click it to switch it ${activity.off.has(index) ? "on again" : "off"}.`;
  if (unit.bias === undefined) return [element("p", {}, `Activation ${number(unit.activation)}.`), element("p", {}, said)];
  const input = unit.pattern ? "ink" : "input";
  const rows = [
    ["bias", unit.bias],
    [`${input} × weight, above 0`, unit.raised],
    [`${input} × weight, below 0`, unit.lowered],
    ["sum z", unit.bias + unit.raised + unit.lowered],
    [`activation ${nameOf(activity.told.hidden)}(z)`, unit.activation],
  ];
  return [table(rows), element("p", {}, said)];
}

function whatItAdds(activity, index, answered) {
  if (activity.off.has(index)) return "Switched off: it adds nothing. ";
  if (!answered) return "";
  const { units, weights, labels } = activity.told;
  const { best } = activity;
  const product = `${number(units[index].activation)} × ${number(weights[best][index])} = ${number(activity.adds(index, best))}`;
  return `It adds ${product} to the output ${labels[best]}. `;
}

function sumOfOutput(activity, label) {
  const { units, weights, base, output, layers } = activity.told;
  const terms = units
    .map(({ number: unit, activation }, index) => ({ unit, activation, index, weight: weights[label][index], adds: activity.adds(index, label) }))
    .sort((one, other) => Math.abs(other.adds) - Math.abs(one.adds));
  const [shown, rest] = [terms.slice(0, MOST_TERMS), terms.slice(MOST_TERMS)];
  const total = (some) => some.reduce((sum, { adds }) => sum + adds, 0);
  const rows = [
    [units.length < layers.at(-2) ? "bias and units not shown" : "bias", base[label]],
    ...shown.map(({ unit, adds, weight, activation, index }) => [
      activity.off.has(index) ? `unit ${unit}: off` : `unit ${unit}: ${number(activation)} × ${number(weight)}`,
      adds,
    ]),
    ...(rest.length ? [[`${rest.length} more units`, total(rest)]] : []),
    ["sum z", base[label] + total(terms)],
    [`output ${nameOf(output)}(z)`, percent(activity.values[label])],
  ];
  return [table(rows)];
}

const nameOf = (activation) => (activation === "sigmoid" ? "g" : activation);

function number(value) {
  return value.toFixed(2).replace("-", "\u2212");
}

function table(rows) {
  const row = ([name, value]) =>
    element("tr", {}, element("td", {}, name), element("td", {}, typeof value === "number" ? number(value) : value));
  return element("table", {}, element("tbody", {}, ...rows.map(row)));
}
