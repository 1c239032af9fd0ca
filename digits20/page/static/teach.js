// "My own": draw examples, name them, and train on them, from the reference model or from scratch.

import { byId, element } from "./dom.js";
import { picture } from "./ink.js";
import { KeyPen } from "./keys.js";
import { showSheet } from "./paper.js";
import { attachPen } from "./pen.js";
import * as server from "./server.js";
import { Sheet } from "./sheet.js";
import { count } from "./words.js";

const WIDTH = 0.055; // of the pen, a share of the sheet's side
const ENOUGH = 4; // examples, with which training may begin

export function startTeach(lesson, complain) {
  const sheet = new Sheet();
  const canvas = byId("teach-paper");
  attachPen(canvas, sheet, () => WIDTH);
  showSheet(canvas, sheet, new KeyPen(canvas, sheet, () => WIDTH, (text) => (byId("teach-said").textContent = text)));
  const label = byId("teach-label");
  let digitsOnly = true; // then they are learned among shipped ones, else by an output layer of their own
  const show = ({ counts }) => {
    digitsOnly = Object.keys(counts).every((name) => /^[0-9]$/.test(name));
    const named = Object.entries(counts);
    const total = named.reduce((sum, [, number]) => sum + number, 0);
    byId("teach-counts").replaceChildren(
      ...named.map(([name, number]) => {
        const chip = element("button", { type: "button" }, `${name}: ${number}`);
        chip.addEventListener("click", () => {
          label.value = name;
          update();
        });
        return chip;
      }),
    );
    byId("teach-said").textContent = total ? `${count(total, "example")}` : "No examples yet";
    byId("teach-undo").disabled = !total;
    byId("teach-save").hidden = !total;
    for (const id of ["teach-tune", "teach-scratch"]) byId(id).disabled = total < ENOUGH;
  };
  const update = () => {
    byId("teach-add").disabled = sheet.blank || !label.value.trim();
    byId("teach-clear").disabled = sheet.blank;
  };
  const add = async () => {
    if (byId("teach-add").disabled) return;
    byId("teach-add").disabled = true; // a second click means the same drawing
    try {
      show(await server.addExample(await picture(sheet.strokes), label.value.trim()));
      sheet.clear();
    } finally {
      update();
    }
  };
  /** Pictures from a folder have its name as their label, others what is written in the field. */
  const addFiles = async (files) => {
    const pictures = [...files].filter(({ type }) => type.startsWith("image/"));
    const failed = [];
    for (const [done, file] of pictures.entries()) {
      const name = file.webkitRelativePath.split("/").at(-2) ?? label.value.trim();
      const told = await server.addExample(file, name).catch((error) => failed.push(`${file.name}: ${error.message}`) && null);
      if (told) show(told);
      byId("teach-said").textContent = `${done + 1} of ${count(pictures.length, "picture")}`;
    }
    show(await server.examples());
    if (failed.length) byId("teach-said").textContent += `; ${failed.length} not added, the first: ${failed[0]}`;
  };
  const panel = document.querySelector(".teach");
  panel.addEventListener("dragover", (event) => event.preventDefault());
  panel.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    addFiles(event.dataTransfer.files).catch(complain);
  });
  byId("teach-folder").addEventListener("change", ({ target }) => {
    addFiles(target.files).catch(complain);
  });
  const press = (id, act) => byId(id).addEventListener("click", () => Promise.resolve(act()).catch(complain));
  press("teach-add", add);
  press("teach-clear", () => sheet.clear());
  press("teach-undo", async () => show(await server.undoExample()));
  press("teach-tune", () => {
    const pace = digitsOnly ? { learning_rate: 0.001, iterations: 20 } : { learning_rate: 0.003, iterations: 150 };
    return lesson.start({ source: "own", base: "reference", lam: 0, solver: "adam", images: 60000, ...pace });
  });
  press("teach-scratch", () =>
    lesson.start({ source: "own", base: "scratch", hidden: [25], lam: 1, solver: "l-bfgs", iterations: 100, images: 60000 }),
  );
  label.addEventListener("input", update);
  label.addEventListener("keydown", (event) => {
    if (event.key === "Enter") add().catch(complain);
  });
  sheet.addEventListener("change", update);
  update();
  const refresh = () => server.examples().then(show, complain);
  lesson.addEventListener("restart", refresh);
  refresh();
}
