// Mouse, pen and touch to strokes on a sheet; a pen's pressure makes them wider.

const NEAREST = 0.002; // points closer than this to the last one are dropped

/** Lets pointers on `canvas` draw on `sheet`; width() is the pen's width as a share of the sheet's side. */
export function attachPen(canvas, sheet, width) {
  let pointer = null; // the one that draws; others may be a resting hand
  let last = null;

  canvas.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button !== 0) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    last = pointFrom(event, canvas, width(), null);
    sheet.begin(last);
  });

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const points = [];
    for (const part of everyMove(event)) {
      const point = pointFrom(part, canvas, width(), last);
      if (Math.hypot(point.x - last.x, point.y - last.y) < NEAREST) continue;
      points.push(point);
      last = point;
    }
    sheet.extend(...points);
  });

  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      sheet.end();
    });
  }
}

/** The moves that the browser merged into one event since the last frame. */
function everyMove(event) {
  const moves = event.getCoalescedEvents?.() ?? [];
  return moves.length ? moves : [event];
}

function pointFrom(event, canvas, width, last) {
  const box = canvas.getBoundingClientRect();
  const pressed = width * pressureFactor(event);
  return {
    x: (event.clientX - box.left) / box.width,
    y: (event.clientY - box.top) / box.height,
    width: last ? last.width + 0.4 * (pressed - last.width) : pressed, // smoothed
  };
}

/** Devices without a pressure sensor report 0, 0.5 or 1. */
function pressureFactor({ pointerType, pressure }) {
  return pointerType === "mouse" || [0, 0.5, 1].includes(pressure) ? 1 : 0.4 + 1.2 * pressure;
}
