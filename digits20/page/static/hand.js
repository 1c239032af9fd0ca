// "Teach it my hand": learn from the corrected drawings at once, show before and after, keep or undo.

import { byId, element } from "./dom.js";
import { drawSeen } from "./seen.js";
import * as server from "./server.js";
import { count, percent } from "./words.js";

const HAND = { source: "hand", base: "first", lam: 0, solver: "adam", learning_rate: 0.001, iterations: 15 };

/** kept(name): called once the taught model has become one of the page's. */
export function startHand(lesson, collection, kept, complain) {
  const teach = byId("hand-teach");
  const mine = () => lesson.news?.settings.source === "hand" && lesson.news.status !== "idle";
  const busy = () => mine() && ["preparing", "running", "paused"].includes(lesson.news.status);
  const update = () => {
    byId("hand").hidden = !collection.teachable;
    teach.disabled = !collection.taught || busy();
    byId("hand-hint").textContent = collection.taught
      ? `It learns at once from ${count(collection.taught, "corrected drawing")}.`
      : "Correct a few drawings above; it then learns from them at once.";
    byId("hand-result").hidden = !mine();
  };
  let told = null; // the training whose drawings are shown
  const show = async () => {
    update();
    if (!mine()) return;
    const { status, number, points, scores, message } = lesson.news;
    byId("hand-said").textContent = said(status, lesson.points.at(-1)?.iteration ?? points.at(-1)?.iteration ?? 0, message);
    byId("hand-said").dataset.status = status;
    for (const id of ["hand-keep", "hand-undo", "hand-save"]) byId(id).hidden = status !== "done";
    if (status !== "done") byId("hand-scores").replaceChildren();
    if (status !== "done" || told === number) return;
    told = number;
    byId("hand-scores").replaceChildren(...compared(scores));
    const { drawings } = await server.hand();
    const since = collection.taught - scores.after.count; // corrected since then, or undone where it is negative
    const learned = since > 0 ? drawings.slice(0, -since) : drawings;
    const from = scores.after.read.length + Math.min(since, 0) - learned.length; // the newest are told on both sides
    byId("hand-drawings").replaceChildren(...learned.map((one, index) => drawn(one, from + index, scores)));
  };
  const press = (id, act) => byId(id).addEventListener("click", () => Promise.resolve(act()).catch(complain));
  press("hand-teach", () => {
    byId("hand-drawings").replaceChildren();
    return lesson.start(HAND);
  });
  press("hand-undo", () => lesson.does("undo"));
  press("hand-keep", async () => {
    const told = await lesson.does("keep");
    if (told) kept(told.kept);
  });
  collection.addEventListener("change", update);
  lesson.addEventListener("change", () => show().catch(complain));
  update();
}

function said(status, epoch, message) {
  if (status === "failed") return `Not taught: ${message}`;
  if (status === "done") return "Taught. Draw on: below is what it answers now.";
  return status === "preparing" ? "Preparing the images …" : `Learning your hand: epoch ${epoch} of ${HAND.iterations}`;
}

/** A row of the table for one's own drawings, and one for the test images: before and after. */
function compared({ before, after }) {
  const row = (name, key) =>
    element("tr", {}, element("th", { scope: "row" }, name), ...[before, after].map((one) => element("td", {}, percent(one[key]))));
  const head = ["", "before", "after"].map((name) => element(name ? "th" : "td", name ? { scope: "col" } : { class: "corner" }, name));
  return [
    element("caption", { class: "unseen" }, "Read right, before and after"),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, row(`My ${count(after.count, "drawing")}`, "own"), row("Test images", "test")),
  ];
}

/** One of the drawings as the network sees it, with what was read before and after. */
function drawn({ label, seen }, index, { before, after }) {
  const canvas = element("canvas", { class: "pixels", role: "img", "aria-label": `A ${label}` });
  drawSeen(canvas, seen, null);
  const [was, is] = [before.read[index], after.read[index]];
  const right = is === label;
  const words = was === is ? `read as ${is}` : `${was} → ${is}`;
  const mark = element("span", { class: right ? "right" : "wrong" }, right ? "✓" : "✗");
  return element("li", {}, canvas, element("span", {}, mark, " ", words, element("span", { class: "unseen" }, right ? ", right" : `, wrong: a ${label}`)));
}
