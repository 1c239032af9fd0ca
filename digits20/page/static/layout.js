// Where the parts of the drawn network lie, on a broad window and on a phone.

import { byId } from "./dom.js";

// units and outputs: from the left; letter: the width of one; share: that of "> 99.9 %"
const BROAD = { width: 860, height: 640, picture: 150, units: 400, side: 24, outputs: 640, letter: 9.5, share: 78 };
export const NARROW = { width: 500, height: 1080, picture: 84, units: 176, side: 40, outputs: 262, letter: 12.5, share: 96 }; // for fingers
const [SHORTEST_BAR, LONGEST_BAR] = [10, 90];

export function fitting() {
  return byId("why-network").clientWidth < 560 ? NARROW : BROAD;
}

/** The room for the outputs' labels, and how long the bars beside them may be. */
export function besideLabels({ outputs, width, letter, share }, labels) {
  const free = width - outputs - 24 - share;
  const longest = Math.max(...labels.map((label) => String(label).length));
  const room = Math.min(Math.max(28, letter * longest + 8), free - SHORTEST_BAR);
  return [room, Math.min(LONGEST_BAR, free - room)];
}
