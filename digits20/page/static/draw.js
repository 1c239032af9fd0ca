// The Draw tab: the sheet and its tools, and every model's prediction, updated while the user draws.

import { Answer } from "./answer.js";
import { showBoxes } from "./boxes.js";
import { LabelButtons, howToKeep, tally } from "./correct.js";
import { byId } from "./dom.js";
import { picture } from "./ink.js";
import { KeyPen } from "./keys.js";
import { Latest } from "./latest.js";
import { recall, remember } from "./memory.js";
import { showSheet } from "./paper.js";
import { UnitPattern } from "./patterns.js";
import { attachPen } from "./pen.js";
import { look } from "./server.js";
import { Sheet } from "./sheet.js";

const GONE = 2500; // milliseconds without an answer to a drawing after which the server counts as gone
const SETTLED = 700; // milliseconds without a change before the prediction is announced

export function startDraw(models, collection, threshold, trouble) {
  const sheet = new Sheet();
  sheet.restore(recallStrokes());
  const canvas = byId("paper");
  const width = slider(
    "width",
    recall("width", 5.5),
    (value) => `${value} %`,
    (value) => remember("width", value),
  );
  const say = speaker(byId("spoken"));
  const keyPen = new KeyPen(canvas, sheet, () => width() / 100, say.now);
  attachPen(canvas, sheet, () => width() / 100);
  showSheet(canvas, sheet, keyPen);

  const answers = models.map((model, index) => new Answer(model, models.length > 1, threshold, new UnitPattern(index)));
  const buttons = new LabelButtons(collection, models[0].labels, sheet, trouble.show);
  byId("answers").append(...answers.map((answer) => answer.element));
  byId("answers").classList.toggle("several", models.length > 1);
  byId("hand").before(buttons.element, tally(collection, trouble.show));
  byId("correction").append(howToKeep(collection));
  slider(
    "threshold",
    recall("threshold", Math.round(100 * threshold.value)),
    (value) => `${value} %`,
    (value) => {
      threshold.value = value / 100;
      remember("threshold", value);
    },
  );
  byId("saliency").addEventListener("change", (event) => {
    for (const answer of answers) answer.saliency = event.target.checked;
  });

  follow(sheet, answers, buttons, say, trouble);
  makeTools(sheet, keyPen);
  sheet.addEventListener("change", () => {
    byId("invitation").hidden = !sheet.blank;
    remember("strokes", JSON.stringify(sheet.strokes));
  });
  if (!sheet.blank) sheet.dispatchEvent(new Event("change"));
  document.addEventListener("themechange", () => answers.forEach((answer) => answer.redraw()));
  return sheet;
}

/** The drawing of the last visit; none where there is none that can be drawn. */
function recallStrokes() {
  try {
    const strokes = JSON.parse(recall("strokes", "[]"));
    const drawable = strokes.every((stroke) => stroke.length && stroke.every(({ x, y, width }) => x + y + width < 4));
    return drawable ? strokes : [];
  } catch {
    return []; // kept by another version
  }
}

/** Asks for a prediction after each change of the sheet; the last change is always asked about. */
function follow(sheet, answers, buttons, say, trouble) {
  const busy = (whether) => byId("answers").setAttribute("aria-busy", String(whether));
  const none = (why) => {
    for (const answer of answers) answer.show(null, why);
    showBoxes(byId("boxes"), []);
    buttons.show([]);
  };
  const told = ({ models }) => {
    trouble.hide();
    for (const answer of answers) {
      const view = models.find(({ model }) => model === answer.model.name);
      answer.show(view ?? null, "This model is gone: reload the page");
    }
    showBoxes(byId("boxes"), models[0].symbols, models[0].explained);
    buttons.show(models[0].symbols, models[0].explained);
    say.soon(() => answers.map((answer) => answer.said).join(". "));
  };
  const failed = (error) => {
    if (error.status === 422) trouble.hide();
    else trouble.show(error);
    if (error.status === 503) return; // it is asked again at once
    const why = error.status === 422 ? noDigit(error.message) : "No answer";
    none(why);
    say.soon(() => why);
  };
  const prepare = async ({ strokes, symbol }) => ({ image: await picture(strokes), symbol });
  const ask = ({ image, symbol }, signal) => look(image, symbol, signal, GONE);
  const latest = new Latest({ prepare, ask, tell: told, complain: failed, busy });
  const drawing = () => ({ strokes: sheet.strokes, symbol: sheet.symbol });
  let drawn = false; // since the pen was lifted
  sheet.addEventListener("lift", () => {
    if (drawn) latest.offer(drawing(), true);
    drawn = false;
  });
  sheet.addEventListener("choose", () => sheet.blank || latest.offer(drawing(), true));
  sheet.addEventListener("change", () => {
    drawn = true;
    if (!sheet.blank) return latest.offer(drawing());
    latest.forget();
    trouble.hide();
    say.soon(() => "Sheet blank");
    return none();
  });
}

/** The reason that the server gave for an answer without a label, in words for somebody who draws. */
function noDigit(reason) {
  return reason === "no ink found" ? "Nothing that could be a digit yet" : `No digit: ${reason}`;
}

function makeTools(sheet, keyPen) {
  const undo = () => {
    keyPen.lift();
    sheet.undo();
  };
  const clear = () => {
    keyPen.lift();
    sheet.clear();
  };
  const update = () => {
    byId("undo").disabled = !sheet.undoable;
    byId("clear").disabled = sheet.blank;
  };
  byId("undo").addEventListener("click", undo);
  byId("clear").addEventListener("click", clear);
  sheet.addEventListener("change", update);
  update();
  document.addEventListener("keydown", (event) => {
    if (byId("draw").hidden) return;
    const undoing = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey;
    if (undoing) undo();
    else if (event.key === "Escape" || event.key === "Delete") clear();
    else return;
    event.preventDefault();
  });
}

/** Shows the value of slider `id` beside it; returns a function that reads it. */
function slider(id, start, worded, changed = () => {}) {
  const input = byId(id);
  const apply = () => {
    byId(`${id}-said`).textContent = worded(input.value);
    changed(Number(input.value));
  };
  input.value = start;
  input.addEventListener("input", apply);
  apply();
  return () => Number(input.value);
}

/** Announces through a live region: now, or once nothing newer has come for a while. */
function speaker(region) {
  let timer = 0;
  const now = (text) => {
    region.textContent = text;
  };
  const soon = (words) => {
    clearTimeout(timer);
    timer = setTimeout(() => now(words()), SETTLED);
  };
  return { now, soon };
}
