// A symbol of a picture to an image for the network, in the style of MNIST, as digits20/images/photo.py does it.

import { resized } from "./geometry.js";
import { distances, gaussian, largest, slopes } from "./filters.js";
import {
  any, boxOf, clipped, cut, grid, label, lengthOf, mapped, mask, most, padded, placed, quantile, rounded, total,
} from "./grids.js";

const MNIST = 28; // rows and columns of MNIST's images
const BOX = 20; // rows or columns that a digit fills in them
const FINE = 4; // pixels of the fine grid per MNIST pixel, in each direction
const HOLE = 5; // pixels of the fine grid, the least width of a loop's hole
const THIN = 2; // pixels of the fine grid
const STROKES = [3, 3.4]; // MNIST pixels: narrower strokes are widened, wider ones narrowed; thin ones are read worse
const NOISY = 0.03; // mean difference of neighbouring pixels: more than a page of writing has
const HALF = 0.5 + 1e-6; // of the ink: a pixel that is half ink is paper, whichever way its last bit was rounded

/** The image of a symbol's ink for the network: rows × columns, ink 1 on 0. */
export function symbolImage({ ink }, [rows, columns]) {
  return resized(centred(grown(boxed(ink))), rows, columns);
}

/** What can be said of a picture without a symbol, in brackets. */
export function whyNone(picture) {
  const [darkest, lightest] = [quantile(picture.data, 0.01), quantile(picture.data, 0.99)];
  if (lightest < 0.3) return " (the picture is dark all over)";
  if (lightest - darkest < 0.08) return " (the page is empty)";
  const { columns, data } = picture;
  const steps = data.reduce((sum, value, place) => sum + (place % columns ? Math.abs(value - data[place - 1]) : 0), 0);
  return steps / (data.length - data.length / columns) > NOISY ? " (only noise or a texture)" : "";
}

const sized = (size, scale) => Math.max(1, rounded(size * scale));

/** Scaled to the fine grid along its longer side, with a margin; strokes that would fade are widened first. */
function boxed(digit) {
  const scale = (FINE * BOX) / Math.max(digit.rows, digit.columns);
  const missing = scale < 1 ? THIN / scale - strokeWidth(mask(digit, (value) => value > 0.5)) : 0;
  const wide = missing > 0 ? largest(digit, 1 + Math.ceil(missing)) : digit;
  return padded(resized(wide, sized(digit.rows, scale), sized(digit.columns, scale)), (FINE * BOX) / 4);
}

/** The strokes widened or narrowed to the range STROKES; their edges are where the ink is half. */
function grown(ink) {
  let inside = mask(ink, (value) => value > HALF);
  if (!any(inside)) {
    const highest = most(ink.data);
    inside = mask(ink, (value) => value >= highest);
  }
  const outside = distances(mask(inside, (value) => !value));
  const distance = mapped(distances(inside), (value, place) => value - outside.data[place]);
  const length = lengthOf(boxOf(inside));
  const width = strokeWidth(inside);
  const wanted = clipped((width / length) * BOX, ...STROKES) / BOX;
  const grow = clipped((wanted * length - width) / 2 / (1 - wanted), -width / 4, length / 5);
  const moves = holesKept(distance, grow);
  const edges = mapped(distance, (value, place) => clipped(value + moves.data[place] + 0.5, 0, 1));
  return cut(edges, boxOf(mask(edges, (value) => value > 0)));
}

/** How far the outline moves at each pixel: by `grow`, but no hole of a loop gets narrower than HOLE. */
function holesKept(distance, grow) {
  if (grow <= 0) return mapped(distance, () => grow);
  const { labels, count } = label(mask(distance, (value) => value < 0));
  const depths = new Float64Array(count + 1).fill(-Infinity);
  labels.data.forEach((hole, place) => {
    depths[hole] = Math.max(depths[hole], -distance.data[place]);
  });
  const outside = labels.data[0];
  return mapped(labels, (hole) =>
    hole && hole !== outside && depths[hole] >= HOLE / 4 ? Math.min(grow, depths[hole] - HOLE / 2) : grow,
  );
}

/** Twice the area over the length of the outline: the width of a long shape, 0 for an empty one. */
function strokeWidth(inside) {
  return (2 * total(inside)) / Math.max(total(slopes(gaussian(inside, 1))), 1e-9);
}

/** 28 × 28, the longer side BOX pixels long, the centre of mass central. */
function centred(shape) {
  const scale = (BOX * FINE) / Math.max(shape.rows, shape.columns);
  const scaled = resized(shape, sized(shape.rows, scale), sized(shape.columns, scale));
  const ink = mapped(scaled, (value) => clipped(value, 0, 1));
  const side = MNIST * FINE;
  const mass = total(ink);
  const corner = (size, along) => {
    const middle = ink.data.reduce((sum, value, place) => sum + value * along(place), 0) / mass;
    return clipped(rounded((side + FINE - 1) / 2 - middle), 0, side - size);
  };
  const top = corner(ink.rows, (place) => Math.floor(place / ink.columns));
  const left = corner(ink.columns, (place) => place % ink.columns);
  const page = placed(ink, side, side, top, left);
  return mapped(grid(MNIST, MNIST), (_, place) => {
    const [row, column] = [Math.floor(place / MNIST) * FINE, (place % MNIST) * FINE];
    return total(cut(page, { top: row, left: column, bottom: row + FINE, right: column + FINE })) / FINE ** 2;
  });
}
