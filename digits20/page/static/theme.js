// Light, dark or as the system has it: the button that changes it, and the word to all that draw by hand.

import { recall, remember } from "./memory.js";

const CHOICES = { system: "auto", light: "light", dark: "dark" };

/** Makes `button` go round the choices; "themechange" on document tells canvases to draw anew. */
export function makeTheme(button) {
  let choice = recall("theme", "system");
  const apply = () => {
    if (!(choice in CHOICES)) choice = "system";
    document.documentElement.dataset.theme = choice;
    button.textContent = `Colours: ${CHOICES[choice]}`;
    document.dispatchEvent(new Event("themechange"));
  };
  button.addEventListener("click", () => {
    const names = Object.keys(CHOICES);
    choice = names[(names.indexOf(choice) + 1) % names.length];
    remember("theme", choice);
    apply();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  apply();
}
