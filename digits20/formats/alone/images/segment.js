// A picture to the ink of its symbols: dust, shadows and the table are left out, as in digits20/images/segment.py.
// A symbol is {ink, box, line, marks}; see there.

import { dilated, eroded, gaussian, uniform } from "./filters.js";
import {
  any, areasOf, border, boxOf, boxesOf, cut, filled, label, lengthOf, mapped, mask, median, most, placed, quantile,
  total, widened, within,
} from "./grids.js";
import { inkMap, withoutShadows } from "./inkmap.js";

const FAINTEST = 0.08; // contrast of ink, where 1 is black on white
const FAINTEST_DRAWN = 0.05; // on paper of exactly one shade
const ALONE = 0.2; // of all ink: a symbol with less is part of a texture
const SOFT = 0.25; // of the symbol's length: an edge that fades over more is a shadow's
const PAGE = 0.2; // a page is at least this share of the picture,
const STRAIGHT = 0.85; // and this share of the rectangle around it

/** The symbols that `find` makes of the picture's ink map; those on a light page that lies there, if there is one. */
export function onPage(picture, find, pages = 2) {
  let { ink, light } = inkMap(picture);
  const longest = Math.max(ink.rows, ink.columns);
  if (longest > 150) ink = gaussian(ink, longest / 600);
  const page = light && pages ? pageOf(picture, ink) : null;
  const found = page ? onPage(page.painted, find, pages - 1) : [];
  if (found.length) return found.map((symbol) => ({ ...symbol, box: moved(symbol.box, page.box) }));
  return find(withoutShadows(ink));
}

function moved({ top, left, bottom, right }, { top: down, left: across }) {
  return { top: top + down, left: left + across, bottom: bottom + down, right: right + across };
}

/** The main symbol of an ink map, of what is above `level`, in a list; [] if there is none. */
export function oneSymbol(ink, level) {
  const kept = mainSymbol(mask(ink, (value) => value > level));
  if (!any(kept)) return [];
  const box = boxOf(kept);
  return cutOut(ink, cut(kept, box), box);
}

/** The ink at and around the pixels `kept` of a box, in a list; [] if its edges fade as slowly as a shadow's. */
export function cutOut(whole, kept, box, line = 0) {
  const reach = 2 + Math.floor(Math.max(whole.rows, whole.columns) / 200);
  const wide = widened(box, reach, whole);
  const ink = cut(whole, wide);
  const inside = placed(kept, ink.rows, ink.columns, box.top - wide.top, box.left - wide.left);
  const level = quantile(within(ink, inside), 0.75);
  const scaled = mapped(ink, (value) => value / level);
  if (edgeWidth(inside, scaled) > SOFT) return [];
  const near = dilated(inside, reach);
  return [{ ink: mapped(scaled, (value, place) => (near.data[place] ? value : 0)), box, line, marks: 1 }];
}

/** Over what length the ink fades at the symbol's edges, as a share of the symbol's length. */
function edgeWidth(kept, ink) {
  const own = boxOf(kept);
  const box = widened(own, 1, kept);
  const [inside, part] = [cut(kept, box), cut(ink, box)];
  const core = eroded(inside, 1, true);
  const outline = mask(inside, (value, place) => value && !core.data[place]);
  if (!any(outline)) return 0;
  const [down, across] = [steepest(part, part.columns), steepest(part, 1)];
  const slope = within(mapped(part, (_, place) => Math.hypot(down(place), across(place))), outline);
  const mean = slope.reduce((sum, value) => sum + value, 0) / slope.length;
  return 1 / Math.max(mean, 1e-9) / lengthOf(own);
}

/** The larger of a pixel's differences to its two neighbours along an axis. */
function steepest({ rows, columns, data }, step) {
  const difference = (one, other, there) => (there ? Math.abs(data[one] - data[other]) : 0);
  return (place) => {
    const [at, last] = step === 1 ? [place % columns, columns - 1] : [Math.floor(place / columns), rows - 1];
    return Math.max(difference(place, place - step, at > 0), difference(place, place + step, at < last));
  };
}

/** {painted, box}: the page on a table of another shade, the table painted over, and where it lies; or null. */
function pageOf(picture, ink) {
  const level = threshold(ink);
  const { labels, count } = label(mask(ink, (value) => value > level));
  if (!count) return null;
  const areas = areasOf(labels, count);
  const number = 1 + areas.indexOf(most(areas));
  const box = boxesOf(labels, count)[number - 1];
  const own = cut(mask(labels, (value) => value === number), box);
  const whole = filled(own);
  const size = total(whole);
  if (total(own) < size / 2 || size < PAGE * ink.data.length || rectangularity(whole) < STRAIGHT) return null;
  const page = eroded(whole, 2 + Math.floor(Math.max(whole.rows, whole.columns) / 50));
  if (!any(page)) return null;
  const part = cut(picture, box);
  const shade = median(within(part, page));
  return { painted: mapped(part, (value, place) => (page.data[place] ? value : shade)), box };
}

/** The share of the smallest rectangle around a shape that the shape fills; tilts of up to 20 degrees are tried. */
function rectangularity(shape) {
  const corners = [];
  for (let row = 0; row < shape.rows; row++) {
    const line = shape.data.subarray(row * shape.columns, (row + 1) * shape.columns);
    const [left, right] = [line.indexOf(1), line.lastIndexOf(1) + 1];
    if (left >= 0) for (const down of [row, row + 1]) corners.push([down, left], [down, right]);
  }
  const sizes = Array.from({ length: 11 }, (_, at) => {
    const angle = ((4 * at - 20) * Math.PI) / 180;
    const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
    const spread = (values) => most(values) + most(values.map((value) => -value));
    return (
      spread(corners.map(([y, x]) => cosine * y - sine * x)) * spread(corners.map(([y, x]) => sine * y + cosine * x))
    );
  });
  return total(shape) / Math.min(...sizes);
}

/** The level above which a pixel is ink: far above the noise, and not far below the darkest spot. */
export function threshold(ink) {
  const { columns, data } = ink;
  const steps = new Float64Array(data.length - data.length / columns);
  for (let place = 1, step = 0; place < data.length; place++) {
    if (place % columns) steps[step++] = Math.abs(data[place] - data[place - 1]);
  }
  const noise = steps.length ? 1.4826 * median(steps) : 0;
  const level = Math.max(5 * noise, 0.35 * most(uniform(ink, 3).data));
  return level < FAINTEST && most(data) > FAINTEST_DRAWN && !median(data) ? level : Math.max(FAINTEST, level);
}

/** The connected pieces of ink that make up the digit: the largest one, and those large and near enough to it. */
function mainSymbol(ink) {
  const { labels, count } = label(ink, true);
  if (!count) return ink;
  const boxes = boxesOf(labels, count);
  const areas = withoutCutPieces(areasOf(labels, count), labels);
  const main = areas.indexOf(most(areas));
  const length = lengthOf(boxes[main]);
  if (length < 6 || areas[main] < 8) return mask(ink, () => false);
  const belongs = [...areas].map((area, at) => area >= 0.05 * areas[main] && gap(boxes[at], boxes[main]) <= 0.35 * length);
  const symbol = mask(labels, (number) => number && belongs[number - 1]);
  const all = areas.reduce((sum, area) => sum + area, 0);
  return total(symbol) >= ALONE * all ? symbol : mask(ink, () => false);
}

/** The areas of the pieces, with 0 for those cut by the border, unless nothing else is large enough. */
export function withoutCutPieces(areas, labels) {
  const outline = border(labels);
  const contact = new Float64Array(areas.length);
  for (const number of outline) if (number) contact[number - 1] += 1;
  const inner = Math.max(0, most(areas.filter((_, at) => !contact[at])));
  return areas.map((area, at) => {
    const share = contact[at] > 0.15 * outline.length ? 0.02 : 0.3;
    return contact[at] && inner >= share * area ? 0 : area;
  });
}

/** Pixels between two boxes, along the axis on which they are farther apart. */
function gap(a, b) {
  return Math.max(a.top - b.bottom, b.top - a.bottom, a.left - b.right, b.left - a.right);
}
