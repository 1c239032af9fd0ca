// The Model tab: a model's accuracy, cost history, first-layer weights and settings.

import { CostChart } from "./chart.js";
import { element } from "./dom.js";
import { drawPattern, patternsOf } from "./patterns.js";
import { removeKept } from "./server.js";
import { describeTerms, term } from "./terms.js";
import { loadAnew } from "./told.js";
import { count, percent } from "./words.js";

const GAP = 2; // pixels between two patterns
const NARROW = 600; // pixels of the window's width: there the patterns are smaller

/** Fills `panel`; returns a function to call when it opens, since drawings need to know their width. */
export function startModel(panel, models, trouble) {
  const body = element("div", { class: "about" });
  let chosen = 0;
  let redraw = () => {};
  const show = () => {
    redraw = showModel(body, models[chosen], chosen, trouble);
    describeTerms(body);
  };
  if (models.length > 1) {
    const list = element(
      "select",
      { id: "which" },
      ...models.map(({ name }, index) => element("option", { value: index }, name)),
    );
    list.addEventListener("change", () => {
      chosen = Number(list.value);
      show();
    });
    panel.append(element("p", { class: "which" }, element("label", { htmlFor: "which" }, "Model"), list));
  }
  panel.append(body);
  document.addEventListener("themechange", () => redraw());
  let shown = false;
  return () => {
    if (!shown) show();
    shown = true;
  };
}

function showModel(body, model, index, trouble) {
  const chart = model.costs.length > 1 ? new CostChart(model.costs) : null;
  const patterns = element("canvas", { class: "pixels patterns", role: "img", "aria-label": "Loading" });
  body.replaceChildren(
    element("h2", { class: "model-name" }, model.name),
    element("p", { class: "faint" }, inWords(model)),
    model.kept ? remover(model, trouble) : "",
    tiles(model),
    section("Cost history", "cost", chart?.element ?? element("p", {}, "The model file has no cost history.")),
    section("First-layer weights", "units", patterns),
    section("Settings", null, settings(model)),
  );
  let fetched = null;
  patternsOf(index).then((content) => {
    fetched = content;
    drawAll(patterns, content);
  }, trouble.show);
  return () => fetched && drawAll(patterns, fetched);
}

/** A button that removes a model which was learned and kept on the page. */
function remover({ name }, trouble) {
  const button = element("button", { type: "button" }, `Remove ${name}`);
  button.addEventListener("click", async () => {
    if (!confirm(`Remove ${name} from the page, for everybody who looks at it?`)) return;
    try {
      await removeKept(name);
      loadAnew("draw", `${name} was removed.`);
    } catch (error) {
      trouble.show(error);
    }
  });
  return element("p", {}, button);
}

function section(title, explained, content) {
  const id = title.toLowerCase().replaceAll(" ", "-");
  return element(
    "section",
    { "aria-labelledby": id },
    element("h3", { id }, explained ? term(explained, title) : title),
    content,
  );
}

function inWords({ layer_sizes: sizes, hidden, output, image_shape: [rows, columns], labels }) {
  const inner = sizes.slice(1, -1);
  const units = inner.length ? `${inner.join(" and ")} hidden units (${hidden})` : "no hidden units";
  return `It takes images of ${rows}×${columns} pixels, has ${units} and ${output} outputs for ${count(labels.length, "label")}.`;
}

function tiles({ scores, lam, weights, preprocess, layers }) {
  const tile = (name, value) =>
    value === null ? null : element("div", { class: value.length > 20 ? "long" : "" }, element("dt", {}, name), element("dd", {}, value));
  const share = (key) => (typeof scores[key] === "number" ? percent(scores[key]) : null);
  return element(
    "dl",
    { class: "tiles" },
    tile(term("accuracy", "Test accuracy"), share("test_accuracy")),
    tile("Training accuracy", share("train_accuracy")),
    tile("Layers", layers.replaceAll("-", "–")),
    tile(term("weights", "Weights"), weights.toLocaleString("en")),
    tile(term("lambda", "Lambda"), String(lam)),
    tile(term("preparation", "Preprocessing"), preprocess.length ? preprocess.join(", ") : "none"),
  );
}

function settings({ settings: chosen }) {
  const rows = Object.entries(chosen).filter(([, value]) => value !== null);
  if (!rows.length) return element("p", {}, "The model file has no settings.");
  const said = (value) =>
    value === true ? "yes" : value === false ? "no" : Array.isArray(value) ? value.join(", ") : String(value);
  return element(
    "dl",
    { class: "settings" },
    ...rows.map(([key, value]) =>
      element("div", {}, element("dt", {}, key.replaceAll("_", " ")), element("dd", {}, said(value))),
    ),
  );
}

/** All units' weights on one canvas, in as many columns as fit. */
function drawAll(canvas, content) {
  const { rows, columns, count: units } = content;
  const width = canvas.parentElement.clientWidth;
  const room = Math.max(4, Math.floor(width / (width < NARROW ? 21 : 30)));
  const across = Math.min(units, room);
  canvas.width = across * (columns + GAP) - GAP;
  canvas.height = Math.ceil(units / across) * (rows + GAP) - GAP;
  canvas.setAttribute("aria-label", `Weights of ${count(units, "unit")} of the first layer, as images`);
  const context = canvas.getContext("2d");
  for (let unit = 0; unit < units; unit++) {
    const [left, top] = [(unit % across) * (columns + GAP), Math.floor(unit / across) * (rows + GAP)];
    drawPattern(context, content, unit, left, top);
  }
}
