// The ink of a picture to its symbols in reading order, as in digits20/images/finding/symbols.py, where the reasons stand.

import {
  areasOf, boxesOf, cut, heightOf, label, lengthOf, mask, median, most, padded, quantile, rounded, total, widthOf,
} from "./grids.js";
import { cutOut, onPage, oneSymbol, threshold, withoutCutPieces } from "./segment.js";

const SMALLEST = 6; // pixels: no symbol is lower and narrower than this
const TALL = 0.45; // of the tallest symbol: what is lower is a mark
const THIN_INK = 0.06; // of the largest symbol's ink: with less it is dust
const CLEAN = 0.6; // of all ink belongs to symbols: with less the picture is a texture
const FRAME = 0.85; // of its own rectangle is filled by the hole of a box drawn around a symbol
const MOST = 1000; // pieces of ink that are looked at

/** The symbols of a grey picture, line by line and from left to right; [] if there are none. */
export function findSymbols(picture) {
  return onPage(picture, (ink) => {
    const level = threshold(ink);
    const { groups, marks, framed } = grouped(mask(ink, (value) => value > level));
    const found = groups.flatMap(({ kept, box, line }) => cutOut(ink, kept, box, line));
    if (found.length > 1 || (found.length && framed)) return found;
    return oneSymbol(ink, level).map((one) => ({ ...one, marks: Math.max(marks, 1) }));
  });
}

/** {groups: [{kept, box, line}], marks, framed}: each symbol's pixels within its box; none for a texture. */
function grouped(ink) {
  const { labels, count } = label(ink, true);
  if (count <= 1 || count > MOST) return { groups: [], marks: count };
  const boxes = boxesOf(labels, count);
  const kept = withoutCut(areasOf(labels, count), labels, boxes);
  const frames = boxes.map((_, piece) => kept[piece] && isFrame(labels, piece, boxes, kept));
  frames.forEach((frame, piece) => frame && (kept[piece] = 0));
  const pieces = boxes
    .map((box, piece) => ({ pieces: [piece + 1], box, area: kept[piece] }))
    .filter(({ area }) => area >= 4);
  if (!pieces.length) return { groups: [], marks: 0 };
  const symbols = ofOneWriting(joined(pieces));
  const inks = symbols.reduce((sum, { area }) => sum + area, 0);
  if (inks < CLEAN * kept.reduce((sum, area) => sum + area, 0)) return { groups: [], marks: symbols.length };
  const groups = lines(symbols).flatMap((line, number) =>
    line.map(({ box, pieces: own }) => ({ kept: mask(cut(labels, box), (one) => own.includes(one)), box, line: number })),
  );
  return { groups, marks: groups.length, framed: frames.some(Boolean) };
}

/** The areas, 0 for pieces that the border cuts; in a strip not much higher than its symbols all are kept. */
function withoutCut(areas, labels, boxes) {
  const tallest = most(boxes.map(heightOf));
  const strip = labels.rows < 1.6 * tallest && 1.6 * tallest < 0.8 * labels.columns;
  return strip ? areas : withoutCutPieces(areas, labels);
}

/** Whether a piece is a box, or a row of boxes, drawn around other ink; or a ruled line. */
function isFrame(labels, piece, boxes, areas) {
  const box = boxes[piece];
  if (widthOf(box) > 6 * heightOf(box) && widthOf(box) > 3 * median(boxes.map(heightOf))) return true;
  const part = cut(labels, box);
  const own = mask(part, (number) => number === piece + 1);
  if (lengthOf(box) < 3 * SMALLEST || total(own) > 0.5 * own.data.length) return false;
  const { labels: holes, count } = label(mask(padded(own, 1), (value) => !value));
  return boxesOf(holes, count).some((hole, at) => {
    const number = at + 1;
    const inside = mask(cut(holes, hole), (one) => one === number);
    const filling = total(inside) / inside.data.length;
    if (number === holes.data[0] || filling < FRAME || Math.min(inside.rows, inside.columns) < SMALLEST) return false;
    const inner = cut(holes, { top: 1, left: 1, bottom: holes.rows - 1, right: holes.columns - 1 });
    const others = new Set(part.data.filter((other, place) => other && inner.data[place] === number));
    return [...others].some((other) => areas[other - 1] && heightOf(boxes[other - 1]) > 0.25 * inside.rows);
  });
}

// which pieces make one symbol: {pieces, box, area}

/** The pieces of broken symbols joined, largest first. */
function joined(pieces) {
  const groups = [];
  for (const piece of [...pieces].sort((one, other) => other.area - one.area)) {
    const near = groups.filter((group) => belong(group.box, piece.box));
    if (!near.length) groups.push(piece);
    else {
      const apart = near.map((group) => distance(group.box, piece.box));
      const closest = near[apart.indexOf(Math.min(...apart))];
      groups[groups.indexOf(closest)] = together(closest, piece);
    }
  }
  return groups;
}

function together(one, other) {
  const box = {
    top: Math.min(one.box.top, other.box.top),
    left: Math.min(one.box.left, other.box.left),
    bottom: Math.max(one.box.bottom, other.box.bottom),
    right: Math.max(one.box.right, other.box.right),
  };
  return { pieces: [...one.pieces, ...other.pieces], box, area: one.area + other.area };
}

/** Whether a smaller piece belongs to the symbol: over or under it, beside it almost without a gap, or within it. */
function belong(group, piece) {
  const [over, beside] = [overlapAcross(group, piece), overlapDown(group, piece)];
  const narrower = Math.min(widthOf(group), widthOf(piece));
  const lower = Math.min(heightOf(group), heightOf(piece));
  const size = lengthOf(group);
  if (over >= 0.35 * narrower && beside >= 0.5 * lower) return true;
  if (over >= 0.5 * narrower && -beside <= 0.05 * size) return true;
  const small = heightOf(piece) < 0.5 * heightOf(group);
  if (over >= 0.4 * narrower) return small && -beside <= 0.3 * size;
  return small && beside > 0 && -over <= 0.08 * size;
}

/** Pixels that two boxes share; negative, the gap between them. */
const overlapDown = (a, b) => Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
const overlapAcross = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left);

function distance(a, b) {
  return Math.hypot(Math.max(0, -overlapDown(a, b)), Math.max(0, -overlapAcross(a, b)));
}

/** Those as tall as symbols of the same writing are; dust and other small marks are left out. */
function ofOneWriting(groups) {
  const largest = most(groups.map(({ area }) => area));
  const solid = groups.filter(({ area, box }) => area >= THIN_INK * largest && heightOf(box) >= SMALLEST);
  const tallest = solid.length ? quantile(solid.map(({ box }) => heightOf(box)), 0.9) : 0;
  return solid.filter(({ box }) => heightOf(box) >= TALL * tallest);
}

/** The symbols by line, top to bottom, each from left to right. */
function lines(symbols) {
  const found = [];
  for (const symbol of [...symbols].sort((one, other) => one.box.left - other.box.left)) {
    const shares = found.map((line) => {
      const last = line.at(-1).box;
      return overlapDown(last, symbol.box) / Math.min(heightOf(last), heightOf(symbol.box));
    });
    const best = shares.indexOf(most(shares));
    if (best >= 0 && shares[best] >= 0.4) found[best].push(symbol);
    else found.push([symbol]);
  }
  const middle = (line) => line.reduce((sum, { box }) => sum + box.top + box.bottom, 0) / line.length;
  return [...found].sort((one, other) => middle(one) - middle(other));
}
