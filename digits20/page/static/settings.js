// The form of what to train on the Learn tab: its fields as settings, and the settings of what runs as fields.

import { byId } from "./dom.js";
import { count } from "./words.js";

const ROUND = { "l-bfgs": false, cg: false, tnc: false, bfgs: false, "newton-cg": false };
const RATES = { gd: 1, sgd: 0.1, adam: 0.01 };

/** The form's settings; sliders tell the training at once. */
export function settingsForm(lesson) {
  const field = (name) => byId(`learn-${name}`);
  const lam = () => (Number(field("lam").value) <= -3 ? 0 : Number((10 ** Number(field("lam").value)).toPrecision(2)));
  const rate = () => Number((10 ** Number(field("rate").value)).toPrecision(2));
  const momentum = () => Number(field("momentum").value);
  const delay = () => Number(field("delay").value);
  const say = () => {
    field("lam-said").textContent = String(lam());
    field("rate-said").textContent = String(rate());
    field("momentum-said").textContent = String(momentum());
    field("delay-said").textContent = delay() ? `${delay()} s` : "off";
  };
  const usable = () => {
    const solver = field("solver").value;
    const rated = !(solver in ROUND);
    field("rate").disabled = !rated;
    field("momentum").disabled = !["gd", "sgd"].includes(solver);
    field("warps").disabled = !["sgd", "adam"].includes(solver);
    if (field("warps").disabled) field("warps").checked = false;
    field("network").hidden = field("base").value === "reference";
  };
  const tell = (name, value) => {
    say();
    if (["running", "paused"].includes(lesson.news?.status)) lesson.change({ [name]: value() });
  };
  for (const [name, key, value] of [
    ["lam", "lam", lam],
    ["rate", "learning_rate", rate],
    ["momentum", "momentum", momentum],
    ["delay", "delay", delay],
  ]) {
    field(name).addEventListener("input", say);
    field(name).addEventListener("change", () => tell(key, value));
  }
  field("solver").addEventListener("change", () => {
    const solver = field("solver").value;
    if (solver in RATES) field("rate").value = Math.log10(RATES[solver]);
    field("momentum").value = solver === "sgd" ? 0.9 : 0;
    field("iterations").value = solver in ROUND ? 200 : solver === "gd" ? 400 : 50;
    say();
    usable();
  });
  field("base").addEventListener("change", usable);
  field("source").addEventListener("change", () => {
    field("file-row").hidden = field("source").value !== "table";
  });
  field("file").addEventListener("change", async () => {
    const [file] = field("file").files;
    if (!file) return;
    const told = await lesson.table(file);
    field("file-said").textContent = told ? `${count(told.images, "image")}, labels ${told.labels.join(" ")}` : "not read";
  });
  say();
  usable();
  let followed = null; // the number of the training whose settings are shown
  return {
    /** Shows the settings of the training that runs, whoever began it; of one that is shown already only what moves. */
    follow({ number, status, settings }) {
      if (status === "idle" || settings.source === "hand") return;
      const all = number !== followed;
      followed = number;
      const { lam, learning_rate: rate, momentum, delay } = settings;
      const moving = { lam: lam === 0 ? -3 : Math.log10(lam), rate: Math.log10(rate), momentum, delay };
      for (const [name, value] of Object.entries(all ? { ...settings, ...moving } : moving)) {
        if (value === undefined || Number.isNaN(value) || !byId(`learn-${name}`)) continue;
        if (name === "warps") field(name).checked = value;
        else field(name).value = name === "hidden" ? value.join(" ") : value;
      }
      field("file-row").hidden = field("source").value !== "table";
      say();
      usable();
    },
    get settings() {
      const hidden = field("hidden").value.split(/[\s,]+/).filter(Boolean).map(Number);
      return {
        source: field("source").value,
        base: field("base").value,
        images: Number(field("images").value),
        hidden,
        activation: field("activation").value,
        lam: lam(),
        solver: field("solver").value,
        learning_rate: rate(),
        momentum: momentum(),
        iterations: Number(field("iterations").value),
        warps: field("warps").checked,
        delay: delay(),
      };
    },
  };
}
