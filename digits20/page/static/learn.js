// The Learn tab: choose, start, watch, change, keep.

import { Bars } from "./bars.js";
import { Curves } from "./curves.js";
import { byId, element } from "./dom.js";
import { picture } from "./ink.js";
import { drawPattern } from "./patterns.js";
import { decoded } from "./server.js";
import { settingsForm } from "./settings.js";
import { describeTerms } from "./terms.js";
import { count, percent } from "./words.js";

const GAP = 2; // pixels between two units' pictures
const COMPARED = ["Cost, without penalty", ["train_cost", "validation_cost"]]; // only so can the two be compared
const ALONE = ["Cost J(θ), with penalty", ["cost", "validation_cost"]];
const STATUS = {
  idle: "Choose, then press Start.",
  preparing: "Starting: preparing the images …",
  running: "Learning",
  paused: "Paused",
  done: "Done",
  failed: "Not trained",
  lost: "No news of the training: the server does not answer.",
};

/** lesson: a Lesson; sheet: the Draw tab's; kept(name): called once a trained model has become one of the page's. */
export function startLearn(lesson, sheet, kept) {
  const cost = new Curves(...COMPARED, { logarithmic: true, worded: (value) => short(value) });
  const right = new Curves("Accuracy", ["train_accuracy", "validation_accuracy"], {
    logarithmic: false,
    worded: (value, exact) => (exact ? percent(value) : `${100 * value} %`),
  });
  byId("lesson-curves").append(cost.element, right.element);
  const form = settingsForm(lesson);
  const units = unitsCanvas();
  const answers = [liveAnswer(byId("lesson-answer"), sheet), liveAnswer(byId("draw-lesson"), sheet)];
  buttons(lesson, form, kept);
  lesson.addEventListener("change", () => {
    const { news, points } = lesson;
    cost.become(...(points.length && points[0].train_cost === null ? ALONE : COMPARED));
    cost.show(points);
    right.show(points);
    units.show(news);
    answers.forEach((one) => one.show(news));
    form.follow(news);
    tell(news, points, lesson.lost);
  });
  let sent = null;
  const send = async () => {
    if (sheet.blank || sent === sheet.strokes || !lesson.news || lesson.news.status === "idle") return;
    sent = sheet.strokes;
    await lesson.drawing(await picture(sheet.strokes));
  };
  let timer = 0;
  sheet.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(send, 150);
  });
  lesson.addEventListener("change", send);
  lesson.addEventListener("restart", () => {
    sent = null;
  });
  document.addEventListener("themechange", () => lesson.news && units.show(lesson.news));
  describeTerms(byId("learn"));
  lesson.follow();
}

/** 0.0123, or 1.5e-8. */
function short(value) {
  const rounded = Number(value.toPrecision(3));
  return rounded && Math.abs(rounded) < 0.001 ? rounded.toExponential() : rounded.toString();
}

function buttons(lesson, form, kept) {
  const press = (id, act) => byId(id).addEventListener("click", act);
  press("lesson-start", () => {
    const { status } = lesson.news ?? {};
    if (status === "running") lesson.does("pause");
    else if (status === "paused") lesson.does("go");
    else lesson.start(form.settings);
  });
  press("lesson-step", () => {
    const { status } = lesson.news ?? {};
    if (["running", "paused", "done"].includes(status)) lesson.does("step");
    else lesson.start({ ...form.settings, paused: true });
  });
  press("lesson-over", () => lesson.start(form.settings));
  press("lesson-stop", () => lesson.does("stop"));
  press("lesson-undo", () => lesson.does("undo"));
  press("lesson-keep", async () => {
    const told = await lesson.does("keep");
    if (told) kept(told.kept);
  });
}

/** Status, advice, scores and which buttons can be pressed. */
function tell(news, points, lost) {
  const { sizes, scores } = news;
  const status = lost ? "lost" : news.status;
  const busy = ["running", "paused"].includes(status);
  const iteration = points.at(-1)?.iteration;
  const at = iteration === undefined ? "" : `, iteration ${iteration}${busy && news.goal ? ` of ${news.goal}` : ""}`;
  const with_ = sizes.train ? `, ${count(sizes.train, "image")} to train, ${sizes.validation || "none"} to validate, ${sizes.test} to test` : "";
  byId("lesson-status").dataset.status = status;
  byId("lesson-status").dataset.number = news.number;
  byId("lesson-status").textContent =
    status === "failed" ? `${STATUS.failed}: ${news.message}` : `${headed(status, news.message)}${busy || status === "done" ? at + with_ : ""}`;
  byId("lesson-remark").textContent = news.remark;
  byId("lesson-start").textContent = status === "running" ? "Pause" : status === "paused" ? "Go on" : "Start";
  byId("lesson-start").disabled = status === "preparing" || lost;
  byId("lesson-step").disabled = status === "preparing" || lost;
  byId("lesson-stop").disabled = !busy;
  byId("lesson-over").disabled = status === "idle" || status === "preparing" || lost;
  byId("lesson-undo").disabled = !news.undo || lost;
  byId("lesson-keep").disabled = !news.units || lost;
  byId("lesson-save").hidden = !news.units || lost;
  byId("lesson-scores").replaceChildren(...scored(scores, sizes));
}

/** The status in a word: a training ends by itself, or is stopped, or diverges. */
function headed(status, message) {
  if (status !== "done") return STATUS[status];
  return /diverged/.test(message) ? "Diverged" : message === "interrupted" ? "Stopped" : STATUS.done;
}

/** Accuracy on the test images and one's own, before and after. */
function scored({ before, after }, sizes) {
  if (!after) return [];
  const line = (name, key) =>
    key in after
      ? element(
          "div",
          {},
          element("dt", {}, name),
          element("dd", {}, key in before ? `${percent(before[key])} → ${percent(after[key])}` : percent(after[key])),
        )
      : null;
  return [line(`${count(sizes.test, "test image")}, before → after`, "test"), line("My examples, before → after", "own")].filter(Boolean);
}

function unitsCanvas() {
  const canvas = byId("lesson-units");
  return {
    show({ units, layers }) {
      byId("lesson-inside").hidden = !units;
      if (!units) return;
      const { rows, columns, count: shown } = units;
      const across = Math.min(shown, canvas.parentElement.clientWidth < 500 ? 9 : 13);
      const [width, height] = [across * (columns + GAP) - GAP, Math.ceil(shown / across) * (rows + GAP) - GAP];
      if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
      canvas.style.maxWidth = `${across * 3.2}rem`;
      canvas.setAttribute("aria-label", `Weights of ${count(shown, "unit")} of the first layer, as images`);
      byId("lesson-layers").textContent = layers.replaceAll("-", "–");
      const content = { ...units, pixels: decoded(units.pixels) };
      const context = canvas.getContext("2d");
      for (let unit = 0; unit < shown; unit++) {
        drawPattern(context, content, unit, (unit % across) * (columns + GAP), Math.floor(unit / across) * (rows + GAP));
      }
    },
  };
}

/** What the network that learns says of the drawing on the Draw tab. */
function liveAnswer(place, sheet) {
  let bars = null;
  let labels = "";
  return {
    show({ answer, labels: known, status }) {
      place.hidden = status === "idle" || !known;
      if (place.hidden) return;
      const hint = place.querySelector(".faint");
      hint.hidden = Boolean(answer) && !sheet.blank;
      if (String(known) !== labels) {
        labels = String(known);
        bars?.element.remove();
        bars = new Bars(known);
        place.append(bars.element);
      }
      const shown = sheet.blank ? null : (answer ?? null);
      bars.show(shown, shown ? shown.indexOf(Math.max(...shown)) : -1);
    },
  };
}
