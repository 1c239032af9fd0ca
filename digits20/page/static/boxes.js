// A box around each symbol of the drawing, over the sheet, with the symbol's label: only where there are several.

import { element } from "./dom.js";
import { SIDE } from "./ink.js";

const HIGH = 0.09; // share of the sheet's side above a box within which its label has no place

/** place: the element that covers the sheet; symbols: those of /look; explained: the number of the one that is. */
export function showBoxes(place, symbols, explained = null) {
  const boxes = symbols.length > 1 ? symbols.map(boxed) : [];
  boxes[explained]?.classList.add("explained");
  place.replaceChildren(...boxes);
}

function boxed({ box, label, known }) {
  const [left, top, right, bottom] = box.map((pixels) => pixels / SIDE);
  const named = element("span", {}, known !== false ? String(label) : `${label}?`);
  const frame = element("div", { class: top < HIGH ? "box below" : "box" }, named);
  const sides = { left, top, width: right - left, height: bottom - top };
  for (const [side, share] of Object.entries(sides)) frame.style.setProperty(side, `${100 * share}%`);
  return frame;
}
