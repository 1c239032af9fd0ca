// Explanations: a button of class "term" shows its meaning when pointed at, focused or tapped.

import { element } from "./dom.js";

const MEANINGS = {
  keys:
    "Without a mouse: press Tab to reach the sheet, move the pen with the arrow keys (with Shift in smaller steps), " +
    "put it down and lift it with Space. Ctrl+Z undoes; Escape or Delete clears.",
  score:
    "The value of each output unit by itself. Sigmoids need not make 100 % together: several can be high, or none. The " +
    "confidence above is the probability that the label is right, as images held out in training have shown.",
  seen:
    "Your drawing as the network receives it: found on the sheet, cut out, deskewed if the model does so, centred and " +
    "reduced to the size of its training images.",
  saliency:
    "A saliency map: more ink on a warm pixel raises the score of the predicted label, more ink on a cool one lowers " +
    "it. It is the gradient of the label's logit by the pixels.",
  hidden:
    "The activations of the hidden units: each unit responds to a pattern of its own and is brighter the larger its " +
    "activation. Point at one to see its weights.",
  accuracy: "The share of the test images, which were not used in training, that the model predicts correctly.",
  cost:
    "What training minimizes: the error on the training images plus a penalty on large weights, J(θ). One iteration " +
    "is one step of the solver, or one epoch with mini-batches.",
  lambda: "The strength of the penalty on large weights. A larger lambda reduces overfitting.",
  weights: "The parameters that training finds: one for each connection between two units, and a bias for each unit.",
  units:
    "The weights of each first-layer unit as an image: warm where ink raises its input, cool where ink lowers it. " +
    "Each image has its own scale.",
  preparation: "What is done to every image before it enters the network; deskew makes slanted digits upright.",
  collect:
    "The image is added to a CSV file of your own, from which a model can learn your handwriting: digits20 train " +
    "--init-from MODEL --data FILE.",
};

let shown = null; // {button, tip}

/** A button that reads `text` and explains MEANINGS[name]. */
export function term(name, text) {
  return element("button", { type: "button", class: "term", "data-term": name }, text);
}

/** Makes every term on the page show its explanation, also those added later. */
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

/** Gives screen readers the meaning as the button's description. */
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

/** Below the button if there is room, else above it, and always within the window. */
function place(tip, box) {
  const below = box.bottom + 6;
  const fits = below + tip.offsetHeight < innerHeight;
  tip.style.top = `${fits ? below : Math.max(8, box.top - tip.offsetHeight - 6)}px`;
  tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8))}px`;
}
