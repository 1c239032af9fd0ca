// The colour theme: light, dark or the system's; tells scripts that draw on canvases to redraw.

import { recall, remember } from "./memory.js";

const CHOICES = { system: "auto", light: "light", dark: "dark" };

/** Makes `button` step through the choices; "themechange" on document tells canvases to redraw. */
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
