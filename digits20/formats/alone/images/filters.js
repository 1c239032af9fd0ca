// What scipy.ndimage does to a grid, pixel by pixel and neighbourhood by neighbourhood.

import { grid, mapped, mask } from "./grids.js";

/** f(line) for every column, then for every row. */
function separable({ rows, columns, data }, f) {
  const made = grid(rows, columns, Float64Array.from(data));
  const apply = (start, step, length) => {
    const line = new Float64Array(length);
    for (let at = 0; at < length; at++) line[at] = made.data[start + at * step];
    const changed = f(line);
    for (let at = 0; at < length; at++) made.data[start + at * step] = changed[at];
  };
  for (let column = 0; column < columns; column++) apply(column, columns, rows);
  for (let row = 0; row < rows; row++) apply(row * columns, 1, columns);
  return made;
}

/** Sums of weights · values from `before` places before each; beyond the ends the line is mirrored. */
function weighted(line, weights, before) {
  const [length, period] = [line.length, 2 * line.length];
  const made = new Float64Array(length);
  const mirrored = new Float64Array(length + weights.length - 1);
  for (let at = 0; at < mirrored.length; at++) {
    const place = (((at - before) % period) + period) % period;
    mirrored[at] = line[place < length ? place : period - 1 - place];
  }
  for (let tap = 0; tap < weights.length; tap++) {
    for (let at = 0; at < length; at++) made[at] += weights[tap] * mirrored[at + tap];
  }
  return made;
}

export function gaussian(one, sigma) {
  const reach = Math.floor(4 * sigma + 0.5);
  const bell = Float64Array.from({ length: 2 * reach + 1 }, (_, at) => Math.exp(-0.5 * ((at - reach) / sigma) ** 2));
  const sum = bell.reduce((a, b) => a + b);
  const weights = bell.map((value) => value / sum);
  return separable(one, (line) => weighted(line, weights, reach));
}

export function uniform(one, size) {
  const weights = new Float64Array(size).fill(1 / size);
  return separable(one, (line) => weighted(line, weights, Math.floor(size / 2)));
}

/** sign 1: the largest of the values from `before` places before to `after` places after each; -1: the least. */
function extreme(line, before, after, sign) {
  const best = []; // places of those that can still be it, the next one first
  let first = 0; // of `best`, those before are gone
  let coming = 0;
  return line.map((_, at) => {
    for (; coming <= at + after && coming < line.length; coming++) {
      while (best.length > first && sign * line[best.at(-1)] <= sign * line[coming]) best.pop();
      best.push(coming);
    }
    while (best[first] < at - before) first += 1;
    return line[best[first]];
  });
}

/** The largest value around each, in a square of that size: mirrored against `lowest` where the size is even. */
export function largest(one, size) {
  const half = Math.floor(size / 2);
  return separable(one, (line) => extreme(line, size - half - 1, half, 1));
}

function lowest(one, size) {
  const half = Math.floor(size / 2);
  return separable(one, (line) => extreme(line, half, size - half - 1, -1));
}

export const opened = (one, size) => largest(lowest(one, size), size);
export const closed = (one, size) => lowest(largest(one, size), size);

/** A mask with all within `by` steps, straight or diagonal. */
export function dilated(inside, by) {
  return mask(largest(inside, 2 * by + 1), Boolean);
}

/** A mask without what is beside its outside, `times` over; whether the outside of the grid counts as inside. */
export function eroded(inside, times = 1, outside = false) {
  const { rows, columns } = inside;
  let left = inside;
  for (let time = 0; time < times; time++) {
    const { data } = left;
    const at = (row, column) =>
      row < 0 || column < 0 || row >= rows || column >= columns ? outside : data[row * columns + column];
    left = mask(left, (value, place) => {
      const [row, column] = [Math.floor(place / columns), place % columns];
      return value && at(row - 1, column) && at(row + 1, column) && at(row, column - 1) && at(row, column + 1);
    });
  }
  return left;
}

/** Of every place in the mask, how far the nearest place outside is; 0 outside. */
export function distances({ rows, columns, data }) {
  const down = grid(rows, columns).data; // to the nearest in the same column
  for (let column = 0; column < columns; column++) {
    for (const [first, step] of [
      [0, columns],
      [(rows - 1) * columns, -columns],
    ]) {
      let far = Infinity;
      for (let row = 0, place = first + column; row < rows; row++, place += step) {
        far = data[place] ? far + 1 : 0;
        down[place] = step > 0 ? far : Math.min(far, down[place]);
      }
    }
  }
  return mapped({ rows, columns, data }, (value, place) => {
    if (!value) return 0;
    const column = place % columns;
    let nearest = down[place] ** 2;
    for (let aside = 1; aside ** 2 < nearest && aside < columns; aside++) {
      if (column >= aside) nearest = Math.min(nearest, aside ** 2 + down[place - aside] ** 2);
      if (column + aside < columns) nearest = Math.min(nearest, aside ** 2 + down[place + aside] ** 2);
    }
    return Math.sqrt(nearest);
  });
}

/** numpy.gradient along both axes: the slope at each place. */
export function slopes(one) {
  const { rows, columns, data } = one;
  const along = (place, at, step, length) => {
    const [before, after] = [at > 0 ? step : 0, at < length - 1 ? step : 0];
    return (data[place + after] - data[place - before]) / (before && after ? 2 : 1);
  };
  return mapped(one, (_, place) =>
    Math.hypot(along(place, Math.floor(place / columns), columns, rows), along(place, place % columns, 1, columns)),
  );
}
