// The feature maps of a network's first convolution for one drawing: each can be switched off.

import { between, colour } from "./colours.js";
import { byId, element } from "./dom.js";
import { drawSigned, paint } from "./images.js";
import { signed } from "./server.js";

export class FeatureMaps {
  off = new Set();
  #maps = null;
  #changed;

  /** changed(): called when one is switched. */
  constructor(changed) {
    this.#changed = changed;
  }

  /** maps: those of /why, undefined for a network without. */
  show(maps) {
    this.#maps = maps ?? null;
    byId("why-maps").hidden = !maps;
    if (!maps) return;
    const place = byId("why-maps-each");
    if (place.children.length !== maps.count) {
      place.replaceChildren(...Array.from({ length: maps.count }, (_, map) => this.#button(map)));
    }
    this.draw();
  }

  /** Whether any was off. */
  switchAllOn() {
    const any = this.off.size > 0;
    this.off.clear();
    return any;
  }

  draw() {
    if (!this.#maps) return;
    const { rows, columns, values } = this.#maps;
    const all = signed(values);
    const [dark, lit, cool] = ["--unlit", "--lit", "--cool"].map(colour);
    const shade = (value) => between(dark, value > 0 ? lit : cool, Math.abs(value) / 127);
    [...byId("why-maps-each").children].forEach((button, map) => {
      button.setAttribute("aria-pressed", String(this.off.has(map)));
      paint(button.firstChild, rows, columns, all.slice(map * rows * columns, (map + 1) * rows * columns), shade);
    });
  }

  #button(map) {
    const button = element(
      "button",
      { type: "button", "aria-label": `Switch off feature map ${map + 1}` },
      element("canvas", { class: "pixels" }),
    );
    button.addEventListener("click", () => {
      if (!this.off.delete(map)) this.off.add(map);
      this.#changed();
    });
    for (const event of ["pointerenter", "focus"]) button.addEventListener(event, () => this.#tell(map));
    return button;
  }

  /** The weights that the map was made with. */
  #tell(map) {
    const { rows, columns, values } = this.#maps.filters;
    const canvas = byId("why-pattern");
    drawSigned(canvas, { rows, columns, values: null }, signed(values).slice(map * rows * columns, (map + 1) * rows * columns));
    canvas.hidden = false;
    byId("why-title").textContent = `Feature map ${map + 1}`;
    byId("why-sum").replaceChildren(
      element("p", {}, `At each place of the image the same ${rows} × ${columns} weights, above, are laid over the ink: bright where it fits them.`),
      element("p", {}, this.off.has(map) ? "Switched off. Click it to switch it on again." : "Click it to switch it off."),
    );
  }
}
