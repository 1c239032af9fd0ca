// The small image that the network received, pixel by pixel, with the saliency map over it if wanted.

import { between, colour } from "./colours.js";
import { element } from "./dom.js";
import { decoded, signed } from "./server.js";

/** A canvas of a grey image {rows, columns, pixels: base64}, ink 255, in the page's colours. */
export function seenCanvas(seen, name) {
  const canvas = element("canvas", { class: "pixels", role: "img", "aria-label": name });
  drawSeen(canvas, seen, null);
  return canvas;
}

/** Draws the image, and over it how much each pixel matters: saliency {values: base64, signed} or null. */
export function drawSeen(canvas, { rows, columns, pixels }, saliency) {
  const [paper, ink, warm, cool] = ["--sheet", "--ink", "--warm", "--cool"].map(colour);
  const grey = pixels ? decoded(pixels) : new Uint8Array(rows * columns);
  const values = saliency ? signed(saliency.values) : null;
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  grey.forEach((level, place) => {
    let shade = between(paper, ink, (level / 255) * (values ? 0.55 : 1));
    if (values) shade = between(shade, values[place] > 0 ? warm : cool, 0.9 * Math.abs(values[place] / 127));
    image.data.set([...shade, 255], 4 * place);
  });
  context.putImageData(image, 0, 0);
}
