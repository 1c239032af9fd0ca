// Strokes to pixels: on the screen's canvas, and as the small PNG that is sent to the server.

export const SIDE = 140; // pixels of the side of the picture that is sent

/** Draws strokes into a square of `side` pixels, as smooth curves of varying width. */
export function drawInk(context, strokes, side, colour) {
  context.strokeStyle = context.fillStyle = colour;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) drawStroke(context, stroke, side);
}

/** Points of equal width share one path: edges drawn twice look frayed. */
function drawStroke(context, stroke, side) {
  const [first] = stroke;
  context.beginPath();
  context.arc(first.x * side, first.y * side, (first.width * side) / 2, 0, 2 * Math.PI);
  context.fill();
  let from = first;
  let width = null;
  stroke.slice(1).forEach((point, index) => {
    const next = stroke[index + 2];
    const to = next ? middle(point, next) : point;
    if (point.width !== width) {
      if (width !== null) context.stroke();
      width = point.width;
      context.lineWidth = width * side;
      context.beginPath();
      context.moveTo(from.x * side, from.y * side);
    }
    context.quadraticCurveTo(point.x * side, point.y * side, to.x * side, to.y * side);
    from = to;
  });
  if (width !== null) context.stroke();
}

function middle(a, b) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** A promise of the strokes as a PNG, black on white in any colour theme. */
export function picture(strokes) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, SIDE, SIDE);
  drawInk(context, strokes, SIDE, "#000");
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
