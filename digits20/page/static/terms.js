// What the page's words mean: a button of class "term" explains itself when pointed at, focused or tapped.

import { element } from "./dom.js";

const MEANINGS = {
  keys:
    "Without a mouse: go to the sheet with Tab, move the pen with the arrow keys (Shift: finer), put it down and " +
    "lift it with Space. Ctrl+Z undoes, Escape or Delete clears.",
  score:
    "How strongly the network holds for each label, all together 100 %. A high score is no proof: shown a letter," +
    " it still names a digit.",
  seen:
    "Your drawing as it reached the network: the ink found, cut out, set upright and in the middle, and made this" +
    " small, just as the images it learned from.",
  saliency:
    "Which pixels the answer hangs on: more ink on a warm pixel speaks for the label, more ink on a cool one " +
    "against it. It is the slope of the label's score by each pixel.",
  hidden:
    "Between the image and the answer: each unit looks at the whole image for a pattern of its own, and lights up" +
    " the more of it there is. Point at one to see its pattern.",
  accuracy: "Of images that the network never saw while it learned, the share that it names right.",
  cost:
    "What training makes small: how wrong the answers are on the training images, and a penalty on large weights." +
    " One iteration is one step of the training.",
  lambda: "How dear large weights are. More of it makes a smoother network, which learns its images less by heart.",
  weights: "The numbers that training finds: one for each wire between two units, and one more for each unit.",
  units:
    "What each unit of the first layer looks for: warm where ink excites it, cool where ink calms it. Each image " +
    "has its own scale.",
  preparation: "What is done to every image before the network sees it; deskew sets slanted digits upright.",
  collect:
    "The image goes into a table of your own, from which a model can learn your hand: digits20 train --init-from " +
    "MODEL --data FILE.",
};

let shown = null; // {button, tip}

/** A button that reads `text` and explains MEANINGS[name]. */
export function term(name, text) {
  return element("button", { type: "button", class: "term", "data-term": name }, text);
}

/** Makes every term on the page, also those made later, explain itself. */
export function explainTerms() {
  const main = document.querySelector("main"); // a landmark, where screen readers look for text
  for (const name of Object.keys(MEANINGS)) {
    main.append(element("p", { id: `${name}-text`, class: "tip", role: "tooltip", popover: "manual" }, MEANINGS[name]));
  }
  for (const kind of ["pointerover", "focusin", "click"]) document.addEventListener(kind, consider);
  for (const kind of ["pointerout", "focusout"]) document.addEventListener(kind, leave);
  document.addEventListener("keydown", dismiss, true);
  window.addEventListener("scroll", hide, { passive: true });
}

/** Screen readers get the meaning as the button's description. */
export function describeTerms(root = document) {
  for (const button of root.querySelectorAll(".term")) {
    button.setAttribute("aria-describedby", `${button.dataset.term}-text`);
  }
}

function consider(event) {
  const button = event.target.closest?.(".term");
  if (!button || shown?.button === button) return;
  hide();
  const tip = document.getElementById(`${button.dataset.term}-text`);
  shown = { button, tip };
  tip.showPopover();
  place(tip, button.getBoundingClientRect());
}

function leave(event) {
  if (!shown) return;
  const inside = (node) => node instanceof Node && (shown.button.contains(node) || shown.tip.contains(node));
  if (inside(event.target) && !inside(event.relatedTarget) && document.activeElement !== shown.button) hide();
  else if (event.type === "focusout") hide();
}

function dismiss(event) {
  if (event.key !== "Escape" || !shown) return;
  event.stopPropagation();
  hide();
}

function hide() {
  shown?.tip.hidePopover();
  shown = null;
}

/** Under the button where there is room, else above it, and never beyond the window's sides. */
function place(tip, box) {
  const below = box.bottom + 6;
  const fits = below + tip.offsetHeight < innerHeight;
  tip.style.top = `${fits ? below : Math.max(8, box.top - tip.offsetHeight - 6)}px`;
  tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8))}px`;
}
