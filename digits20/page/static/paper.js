// The sheet on the screen: the strokes in the page's colours, and the pen that the keyboard moves.

import { colour, css } from "./colours.js";
import { drawInk } from "./ink.js";

/** Redraws `canvas` whenever `sheet` or `keyPen` changes. */
export function showSheet(canvas, sheet, keyPen) {
  let ink = "";
  let accent = "";
  let due = false;

  const draw = () => {
    due = false;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    drawInk(context, sheet.strokes, canvas.width, ink);
    if (keyPen.shown) drawPen(context, keyPen, canvas.width, accent);
  };
  const drawSoon = () => {
    if (!due) requestAnimationFrame(draw);
    due = true;
  };
  const recolour = () => {
    ink = css(colour("--ink"));
    accent = css(colour("--accent"));
    drawSoon();
  };

  new ResizeObserver(() => {
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (side && side !== canvas.width) canvas.width = canvas.height = side;
    drawSoon();
  }).observe(canvas);
  sheet.addEventListener("change", drawSoon);
  keyPen.addEventListener("move", drawSoon);
  document.addEventListener("themechange", recolour);
  recolour();
}

/** A cross with a ring, filled while the pen is down. */
function drawPen(context, { x, y, down }, side, accent) {
  const [across, along, radius, arm] = [x * side, y * side, 0.02 * side, 0.045 * side];
  context.strokeStyle = context.fillStyle = accent;
  context.lineWidth = Math.max(2, 0.006 * side);
  context.beginPath();
  context.arc(across, along, radius, 0, 2 * Math.PI);
  if (down) context.fill();
  context.stroke();
  context.beginPath();
  for (const [right, below] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ]) {
    context.moveTo(across + right * radius, along + below * radius);
    context.lineTo(across + right * arm, along + below * arm);
  }
  context.stroke();
}
