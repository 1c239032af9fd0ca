// Geometry of an image, {rows, columns, data}: resizing and deskewing, as digits20/images/geometry.py has them.

import { clipped, grid, mapped } from "./grids.js";

/** MATLAB's imresize: bicubic, with antialiasing when shrinking. */
export function resized(image, rows, columns) {
  const { rows: oldRows, columns: oldColumns, data } = image;
  const [R, C] = [weights(oldRows, rows), weights(oldColumns, columns)];
  const half = grid(rows, oldColumns);
  R.forEach((taps, row) => {
    for (const [from, weight] of taps) {
      for (let column = 0; column < oldColumns; column++) {
        half.data[row * oldColumns + column] += weight * data[from * oldColumns + column];
      }
    }
  });
  const made = grid(rows, columns);
  for (let row = 0; row < rows; row++) {
    C.forEach((taps, column) => {
      let sum = 0;
      for (const [from, weight] of taps) sum += weight * half.data[row * oldColumns + from];
      made.data[row * columns + column] = sum;
    });
  }
  return made;
}

/** For each new pixel of an axis the old pixels and their weights, [[pixel, weight], …]. */
function weights(old, count) {
  const width = Math.max(old / count, 1);
  return Array.from({ length: count }, (_, at) => {
    const centre = ((at + 0.5) * old) / count - 0.5;
    const first = Math.floor(centre - 2 * width);
    const taps = Array.from({ length: Math.ceil(4 * width) + 2 }, (_, tap) => {
      const pixel = first + tap;
      return [clipped(pixel, 0, old - 1), cubic((centre - pixel) / width)];
    }).filter(([, weight]) => weight);
    const sum = taps.reduce((all, [, weight]) => all + weight, 0);
    return taps.map(([pixel, weight]) => [pixel, weight / sum]);
  });
}

/** Keys' kernel with a = -1/2. */
function cubic(signed) {
  const x = Math.abs(signed);
  if (x <= 1) return (1.5 * x - 2.5) * x * x + 1;
  return x <= 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/** The image sheared so that its ink is upright, its centre of mass in the middle. */
function deskewed(image) {
  const { rows, columns, data } = image;
  const moment = (f) => {
    let sum = 0;
    data.forEach((value, place) => {
      if (value > 0) sum += value * f(Math.floor(place / columns), place % columns);
    });
    return sum;
  };
  const mass = Math.max(moment(() => 1), 2.2250738585072014e-308);
  const [centreRow, centreColumn] = [moment((row) => row) / mass, moment((_, column) => column) / mass];
  const mixed = moment((row, column) => (row - centreRow) * (column - centreColumn));
  const lean = mixed / Math.max(moment((row) => (row - centreRow) ** 2), 1e-12);
  return mapped(image, (_, place) => {
    const fromMiddle = Math.floor(place / columns) - (rows - 1) / 2;
    const across = (place % columns) - (columns - 1) / 2 + centreColumn + lean * fromMiddle;
    return sampled(image, fromMiddle + centreRow, across);
  });
}

/** Bilinear; 0 outside the image. */
function sampled({ rows, columns, data }, row, column) {
  const [top, left] = [Math.floor(row), Math.floor(column)];
  let sum = 0;
  for (const [r, vertical] of [
    [top, 1 - (row - top)],
    [top + 1, row - top],
  ]) {
    for (const [c, horizontal] of [
      [left, 1 - (column - left)],
      [left + 1, column - left],
    ]) {
      if (r >= 0 && r < rows && c >= 0 && c < columns) sum += vertical * horizontal * data[r * columns + c];
    }
  }
  return sum;
}

const PREPROCESS = { deskew: deskewed };

/** The image after the steps that the model names. */
export function prepared(image, steps) {
  return steps.reduce((made, step) => PREPROCESS[step](made), image);
}
