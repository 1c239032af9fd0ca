// A grey picture to a map of its ink, as digits20/images/paper.py makes it of one in colour: paper and shadows removed.

import { closed, opened, uniform } from "./filters.js";
import { border, clipped, grid, mapped, mask, median, most, rounded } from "./grids.js";

const BROAD = 0.33; // of the picture's longer side: no stroke is so wide
const STEP = 0.15; // how far shades lie from the surface where that does not follow the light,
const [UNEVEN, PATCHY] = [0.08, 0.3]; // at such a share of the border or, as ink does not, of the whole

/** {ink, light}: how much ink each pixel has, 0 paper, 1 black on white; whether it is lighter than the paper. */
export function inkMap(picture) {
  const paper = paperOf(picture);
  const apart = mapped(picture, (value, place) => value - paper.data[place]);
  const light = apart.data.reduce((sum, value) => sum + value ** 3, 0) > 0;
  if (light) return { ink: apart, light };
  return { ink: mapped(apart, (value, place) => -value / Math.max(paper.data[place], 0.3)), light };
}

/** The shade of the paper under each pixel: one shade where the picture was drawn, else a cubic surface. */
function paperOf(picture) {
  const edges = border(picture);
  if (edges.every((value) => value === edges[0]) && median(picture.data) === edges[0]) {
    return mapped(picture, () => edges[0]);
  }
  const { coarse, rows, columns } = coarsened(picture);
  const edge = median(border(coarse));
  let surface = mapped(coarse, () => edge);
  let coefficients = [];
  for (const degree of [0, 1, 1, 1, 3, 3, 3, 3]) {
    const distance = mapped(coarse, (value, place) => Math.sqrt(3) * Math.abs(value - surface.data[place]));
    const usual = Math.max(2 * median(border(distance)), 0.02);
    const weights = mapped(distance, (value) => 1 / (1 + (value / usual) ** 2) ** 2);
    coefficients = fitted(coarse, weights, rows, columns, degree);
    surface = surfaceOf(coefficients, rows, columns);
  }
  const apart = mask(coarse, (value, place) => Math.sqrt(3) * Math.abs(value - surface.data[place]) > STEP);
  const share = (places) => places.reduce((sum, far) => sum + far, 0) / places.length;
  if (share(border(apart)) > UNEVEN || share(apart.data) > PATCHY) return betweenStrokes(picture);
  const whole = surfaceOf(coefficients, along(picture.rows), along(picture.columns));
  return mapped(whole, (value) => clipped(value, 0, 1));
}

/** What is between and beside the strokes, shadows with their edges included. */
function betweenStrokes(picture) {
  const longest = Math.max(picture.rows, picture.columns);
  let balance = 0;
  let paper = null;
  for (const share of [1 / 8, 1 / 4, 1 / 2, 1]) {
    const size = Math.max(3, rounded(longest * BROAD * share));
    const [below, above] = [opened(picture, size), closed(picture, size)];
    const cubes = (value, place) => (value - below.data[place]) ** 3 - (above.data[place] - value) ** 3;
    balance += picture.data.reduce((sum, value, place) => sum + cubes(value, place), 0) / size;
    paper = balance > 0 ? below : above;
  }
  return paper;
}

function along(size) {
  return Array.from({ length: size }, (_, at) => ((at + 0.5) / size) * 2 - 1);
}

/** Means over at most 48 × 48 blocks, and where those are, from -1 to 1. */
function coarsened({ rows, columns, data }) {
  const [down, across] = [starts(rows), starts(columns)];
  const coarse = grid(down.length - 1, across.length - 1);
  for (let i = 0; i < coarse.rows; i++) {
    for (let j = 0; j < coarse.columns; j++) {
      let sum = 0;
      for (let row = down[i]; row < down[i + 1]; row++) {
        for (let column = across[j]; column < across[j + 1]; column++) sum += data[row * columns + column];
      }
      coarse.data[i * coarse.columns + j] = sum / ((down[i + 1] - down[i]) * (across[j + 1] - across[j]));
    }
  }
  const middles = (edges, size) => edges.slice(1).map((edge, at) => (edge + edges[at]) / size - 1);
  return { coarse, rows: middles(down, rows), columns: middles(across, columns) };
}

function starts(size) {
  const blocks = Math.min(size, 48);
  return Array.from({ length: blocks + 1 }, (_, at) => (at === blocks ? size : Math.trunc(at * (size / blocks))));
}

/** The powers [i, j] of row and column whose sum is at most the degree. */
function powers(degree) {
  const found = [];
  for (let i = 0; i <= degree; i++) for (let j = 0; j <= degree - i; j++) found.push([i, j]);
  return found;
}

/** [[i, j, coefficient], …] of the weighted least-squares polynomial, by the normal equations. */
function fitted(coarse, weights, rows, columns, degree) {
  const terms = powers(degree);
  const A = terms.map(() => new Float64Array(terms.length + 1));
  coarse.data.forEach((value, place) => {
    const [y, x] = [rows[Math.floor(place / coarse.columns)], columns[place % coarse.columns]];
    const row = [...terms.map(([i, j]) => y ** i * x ** j), value];
    A.forEach((sums, one) => row.forEach((term, other) => (sums[other] += weights.data[place] * row[one] * term)));
  });
  const solved = solve(A);
  return terms.map(([i, j], at) => [i, j, solved[at]]);
}

/** Gauss-Jordan elimination of [A | b], A symmetric; where it is singular, that unknown is 0. */
function solve(A) {
  const scale = most(A.map((row, at) => row[at]));
  A.forEach((pivot, at) => {
    if (pivot[at] <= 1e-12 * scale) return pivot.fill(0);
    for (const row of A) {
      if (row === pivot) continue;
      const factor = row[at] / pivot[at];
      for (let column = at; column < row.length; column++) row[column] -= factor * pivot[column];
    }
  });
  return A.map((row, at) => (row[at] ? row.at(-1) / row[at] : 0));
}

function surfaceOf(coefficients, rows, columns) {
  const made = grid(rows.length, columns.length);
  for (const [i, j, coefficient] of coefficients) {
    const across = columns.map((x) => coefficient * x ** j);
    rows.forEach((y, row) => across.forEach((value, at) => (made.data[row * made.columns + at] += y ** i * value)));
  }
  return made;
}

/** Ink without what is broader than any stroke, such as a shadow: a top-hat transform. */
export function withoutShadows(ink) {
  const longest = Math.max(ink.rows, ink.columns);
  const smooth = uniform(ink, Math.max(1, Math.floor(longest / 100)));
  const broad = opened(smooth, Math.max(3, rounded(longest * BROAD)));
  return mapped(ink, (value, place) => value - broad.data[place]);
}
