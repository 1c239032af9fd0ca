// Symbols that touch: where their ink may be cut, and what the parts are, as in digits20/images/finding/touching.py.

import { boxesOf, cut, heightOf, mask, rounded, widthOf } from "./grids.js";

const [NARROWEST, WIDEST] = [0.12, 1.5]; // of the symbol's height: no part is narrower or wider
const LOWEST = 0.75; // of the height: every part is higher
const APART = 0.07; // of the height: no two places are nearer to each other
const MOST = 14; // places

/** Width over height of its box. */
export const aspect = ({ box }) => widthOf(box) / heightOf(box);

/** Columns at which the symbol may be cut, ascending: where its ink is thinnest, and both its ends. */
export function places({ ink: { rows, columns, data }, box }) {
  const height = heightOf(box);
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) for (let at = 0; at < columns; at++) sums[at] += data[row * columns + at];
  const edge = rounded(NARROWEST * height);
  const within = Array.from({ length: Math.max(0, columns - 2 * edge) }, (_, at) => edge + at);
  const inked = within.filter((at) => sums[at] > 0 || sums.at(at - 1) > 0); // one place of a gap is enough
  const chosen = [];
  for (const place of inked.sort((one, other) => sums[one] - sums[other])) {
    const free = chosen.every((other) => Math.abs(place - other) > APART * height);
    if (chosen.length < MOST && free) chosen.push(place);
  }
  return [0, ...chosen.sort((one, other) => one - other), columns];
}

/** [{start, stop, symbol}] between any two of its places; the whole, and what is too narrow or low, left out. */
export function parts(symbol) {
  const at = places(symbol);
  const height = heightOf(symbol.box);
  const found = [];
  for (let start = 0; start < at.length; start++) {
    for (let stop = start + 1; stop < at.length; stop++) {
      if (start === 0 && stop === at.length - 1) continue;
      const one = part(symbol, at[start], at[stop]);
      const width = widthOf(one.box);
      if (NARROWEST * height <= width && width <= WIDEST * height && heightOf(one.box) > LOWEST * height) {
        found.push({ start, stop, symbol: one });
      }
    }
  }
  return found;
}

/** The symbol's ink in those columns, cropped; its box, near enough, in pixels of the picture. */
function part({ ink: whole, box, line }, from, to) {
  const ink = cut(whole, { top: 0, left: from, bottom: whole.rows, right: to });
  const [own] = boxesOf(mask(ink, (value) => value > 0.3), 1);
  if (!own.bottom) return { ink, box: { top: 0, left: 0, bottom: 0, right: 0 }, line, marks: 1 };
  const margin = Math.floor((whole.rows - heightOf(box)) / 2);
  const inset = Math.floor((whole.columns - widthOf(box)) / 2);
  const [left, top] = [box.left - inset + from + own.left, box.top - margin + own.top];
  const around = {
    top: Math.max(0, own.top - 2),
    left: Math.max(0, own.left - 2),
    bottom: own.bottom + 2,
    right: own.right + 2,
  };
  return {
    ink: cut(ink, around),
    box: { top, left, bottom: top + heightOf(own), right: left + widthOf(own) },
    line,
    marks: 1,
  };
}
