// Grey and signed images as canvases and data addresses, in the page's colours.

import { between, colour } from "./colours.js";
import { decoded, signed } from "./server.js";

export function inkImage({ rows, columns, pixels }) {
  const [none, ink] = ["--sheet", "--ink"].map(colour);
  return imageOf(rows, columns, decoded(pixels), (level) => between(none, ink, level / 255));
}

export function patternImage({ rows, columns, values }) {
  return imageOf(rows, columns, signed(values), shade());
}

/** Signed values in the colours of weights: warm above 0, cool below. */
export function shade() {
  const [none, warm, cool] = ["--sheet", "--warm", "--cool"].map(colour);
  return (value) => between(none, value > 0 ? warm : cool, Math.abs(value) / 127);
}

/** numbers: those of values, which are in base64. */
export function drawSigned(canvas, { rows, columns, values }, numbers = signed(values)) {
  paint(canvas, rows, columns, numbers, shade());
}

function imageOf(rows, columns, values, colours) {
  const canvas = document.createElement("canvas");
  paint(canvas, rows, columns, values, colours);
  return canvas.toDataURL();
}

export function paint(canvas, rows, columns, values, colours) {
  [canvas.width, canvas.height] = [columns, rows];
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  values.forEach((value, place) => image.data.set([...colours(value), 255], 4 * place));
  context.putImageData(image, 0, 0);
}
