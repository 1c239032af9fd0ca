// What a model reads in a picture, as digits20/learning/symbols.py and digits20/page do: the page's /look and /why.

import { clipped, heightOf, quantile, rounded, widthOf } from "./images/grids.js";
import { symbolImage, whyNone } from "./images/photo.js";
import { findSymbols } from "./images/symbols.js";
import { aspect, parts, places } from "./images/touching.js";

const MANY = 8; // symbols tell how wide one is
const [WIDE, NARROW] = [1.05, 0.6]; // width over height from which a symbol may be two; the second if it is doubted
const DOUBTED = 0.5; // certainty below which it is
const LITTLE = 0.25; // how much surer of the parts of such a symbol the model must be
const STROKE = 0.6; // width over height of what may be a stroke of a letter
const SURE = 0.98; // certainty of each of them
const MOST_SHOWN = 25; // units; of more, those that add most
const MOST_UNITS = 512;
const MOST_MAPS = 64;

/** A picture in which nothing could be read. */
class Unreadable extends Error {
  status = 422;
}

function symbolsIn(picture) {
  const symbols = findSymbols(picture);
  if (!symbols.length) throw new Unreadable(`no ink found${whyNone(picture)}`);
  return symbols;
}

const areaOf = ({ symbol: { box } }) => widthOf(box) * heightOf(box);
const bestOf = (scores) => scores.indexOf(Math.max(...scores));

// reading

/** {symbol, seen, best, confidence, certainty} for each symbol; of several that touch, one for each, where the model is surest. */
function readSymbols(model, symbols) {
  const widths = symbols.map(({ box }) => widthOf(box));
  const widest = symbols.length >= MANY ? 1.3 * quantile(widths, 0.8) : 0;
  return symbols.flatMap((symbol) => {
    const whole = predicted(model, symbol);
    return widthOf(symbol.box) > widest ? cutIfBetter(model, whole) : [whole];
  });
}

function predicted(model, symbol) {
  const seen = model.see(symbolImage(symbol, model.shape).data);
  const best = bestOf(seen.scores);
  const confidence = seen.scores[best];
  return { symbol, seen, best, confidence, certainty: confidence * Math.max(...seen.outputs) };
}

/** The symbol as it is, or the parts of which the model is so much surer that two or more must touch there. */
function cutIfBetter(model, whole) {
  const shape = aspect(whole.symbol);
  const doubted = whole.certainty < DOUBTED;
  if (!(shape > WIDE || (doubted && shape > NARROW))) return [whole];
  const read = parts(whole.symbol).map((part) => ({ ...part, one: predicted(model, part.symbol) }));
  const asked = doubted ? read.filter(({ one }) => one.certainty > SURE) : read;
  const { sure, chosen } = surest(asked, places(whole.symbol).length - 1);
  const better = sure > whole.certainty + (doubted ? LITTLE : caution(shape));
  return better && !ofStrokes(chosen) ? chosen : [whole];
}

/** Whether two neighbours are as narrow as strokes. */
function ofStrokes(chosen) {
  const narrow = chosen.map(({ symbol }) => aspect(symbol) < STROKE);
  return narrow.some((one, at) => one && narrow[at + 1]);
}

/** {sure, chosen}: the largest product of certainties of parts side by side, from place 0 to `end`, and these parts. */
function surest(read, end) {
  const best = new Map([[0, { sure: 1, chosen: [] }]]);
  for (const { start, stop, one } of [...read].sort((first, second) => first.stop - second.stop)) {
    if (!best.has(start)) continue;
    const sure = best.get(start).sure * one.certainty;
    if (sure > (best.get(stop)?.sure ?? 0)) best.set(stop, { sure, chosen: [...best.get(start).chosen, one] });
  }
  return best.get(end) ?? { sure: 0, chosen: [] };
}

/** How much surer of the parts the model must be than of a whole of which it is sure: less, the wider that is. */
function caution(aspectOfWhole) {
  const shape = clipped(aspectOfWhole, 1.3, 1.9);
  return shape < 1.6 ? 1 - (0.7 * (shape - 1.3)) / 0.3 : 0.3 - (0.7 * (shape - 1.6)) / 0.3;
}

/** The label of a single symbol; of several their labels in a row, lines apart by a space. */
function reading(model, read) {
  if (read.length === 1) return model.labels[read[0].best];
  const between = model.labels.every((label) => [...String(label)].length === 1) ? "" : " ";
  const lines = new Map();
  for (const { symbol, best } of read) lines.set(symbol.line, [...(lines.get(symbol.line) ?? []), model.labels[best]]);
  return [...lines.values()].map((line) => line.join(between)).join(" ");
}

/** Which of them is explained: the symbol of that number; the largest for null, and where there are fewer. */
function explainedOf(read, symbol = null) {
  if (symbol !== null && symbol < read.length) return symbol;
  const areas = read.map(areaOf);
  return areas.indexOf(Math.max(...areas));
}

const symbolsOf = (model, read) =>
  read.map(({ symbol: { box }, best, confidence, seen }) => ({
    box: [box.left, box.top, box.right, box.bottom],
    label: model.labels[best],
    confidence,
    known: seen.known,
  }));

/** This model's part of the page's /look. Throws Unreadable. */
export function look(model, picture, symbol) {
  const read = readSymbols(model, symbolsIn(picture));
  const explained = explainedOf(read, symbol);
  const { seen, best } = read[explained];
  const stages = model.network.stages;
  return {
    model: model.name,
    label: model.labels[best],
    confidence: seen.scores[best],
    scores: [...seen.scores],
    known: model.tellsUnknown ? read.every((one) => one.seen.known) : null,
    reading: reading(model, read),
    symbols: symbolsOf(model, read),
    explained,
    outputs: [...seen.outputs],
    labels: model.labels,
    seen: grey(model, seen.x),
    layers: seen.A.slice(0, -1).map((A, at) => ofUnits(A, stages[at])),
    saliency: signed(model.network.gradient(seen.passed, best), ...model.shape),
  };
}

/** One number per unit; of a map the largest. */
function ofUnits(A, [channels]) {
  const places = A.length / channels;
  return Array.from({ length: channels }, (_, unit) => Math.max(...A.subarray(unit * places, (unit + 1) * places)));
}

const grey = ({ shape: [rows, columns] }, x) => ({ rows, columns, pixels: x.map((value) => rounded(clipped(value, 0, 1) * 255)) });

/** Values of both signs as whole numbers from -127 to 127. */
function signed(values, rows, columns) {
  const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-12);
  return { rows, columns, values: values.map((value) => rounded((value / scale) * 127)), scale };
}

// why

/**
 * The first convolution's maps and what each unit of the last hidden layer adds to each output, as the page's /why has
 * them; off: maps that are taken as 0. Throws Unreadable.
 */
export function why(model, picture, off, symbol) {
  const read = readSymbols(model, symbolsIn(picture));
  const explained = explainedOf(read, symbol);
  const { x, A: whole } = read[explained].seen;
  const layers = off.length ? model.network.forward(x, off).A : whole;
  const below = [x, ...layers];
  const A = below.at(-2);
  const Theta = model.Thetas.at(-1);
  const known = below.length > 2 && Theta.length === model.labels.length * (1 + A.length);
  const rows = model.labels.map((_, label) => Theta.subarray(label * (1 + A.length), (label + 1) * (1 + A.length)));
  const shown = known ? strongest(A, rows) : [];
  const inShown = new Set(shown);
  const base = (row) => A.reduce((sum, value, unit) => (inShown.has(unit) ? sum : sum + value * row[1 + unit]), row[0]);
  return {
    model: model.name,
    symbols: symbolsOf(model, read),
    explained,
    labels: model.labels,
    output: model.output,
    hidden: model.hidden,
    layers: model.widths,
    maps: mapsOf(model, whole[0]),
    seen: grey(model, x),
    base: known ? rows.map(base) : [...layers.at(-1)],
    weights: known ? rows.map((row) => shown.map((unit) => row[1 + unit])) : [],
    units: shown.map((unit) => unitOf(model, unit, below)),
  };
}

/** The maps on one scale, each one's weights on its own; undefined where the first layer has no maps. */
function mapsOf(model, A) {
  const [channels, rows, columns] = model.network.stages[0];
  if (rows * columns === 1) return undefined;
  const count = Math.min(channels, MOST_MAPS);
  const { values } = signed(A.subarray(0, count * rows * columns), rows, columns);
  return { count, rows, columns, values, filters: patterns(model, count) };
}

/** The weights of the first layer's units, each scaled by its own largest, from -127 to 127. */
function patterns(model, count) {
  const [rows, columns] = model.patch;
  const Theta = model.Thetas[0];
  const size = rows * columns;
  const values = Array.from({ length: count }, (_, unit) => {
    const start = unit * (1 + size) + 1;
    return [...signed(Theta.subarray(start, start + size), rows, columns).values];
  }).flat();
  return { count, rows, columns, values };
}

/** The units that add most to an output, in their order. */
function strongest(A, rows) {
  const adds = [...A].map((value, unit) => Math.max(...rows.map((row) => Math.abs(value * row[1 + unit]))));
  const order = adds.map((_, unit) => unit).sort((one, other) => adds[other] - adds[one]);
  return order.slice(0, MOST_SHOWN).sort((one, other) => one - other);
}

function unitOf(model, unit, below) {
  const [under, A, Theta] = [below.at(-3), below.at(-2), model.Thetas.at(-2)];
  const told = { number: unit + 1, activation: A[unit] };
  if (Theta.length !== A.length * (1 + under.length)) return told; // each unit sees a part only
  const [bias, ...weights] = Theta.subarray(unit * (1 + under.length), (unit + 1) * (1 + under.length));
  const terms = weights.map((weight, at) => weight * under[at]);
  const sum = (sign) => terms.reduce((all, term) => (term * sign > 0 ? all + term : all), 0);
  const parts = { ...told, bias, raised: sum(1), lowered: sum(-1) };
  return below.length === 3 ? { ...parts, pattern: signed(weights, ...model.shape) } : parts;
}

/** The weights of the first layer's units as images, 128 for 0, each scaled by its own largest weight. */
export function units(model) {
  const { values, ...rest } = patterns(model, Math.min(MOST_UNITS, model.network.stages[0][0]));
  return { ...rest, pixels: values.map((value) => 128 + value) };
}
