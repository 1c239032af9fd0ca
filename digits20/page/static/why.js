// The Why tab: the network drawn for one drawing. Point at a unit for its sum, switch it off and see the answer change.

import { Activity } from "./activity.js";
import { Diagram } from "./diagram.js";
import { byId, element } from "./dom.js";
import { picture } from "./ink.js";
import { FeatureMaps } from "./maps.js";
import { why } from "./server.js";
import { Which } from "./which.js";

const COURSE = { value: "course", name: "the course's, 25 hidden units" };

/** Returns a function that draws the network for the sheet's drawing, if there is a new one; `first`: other models. */
export function startWhy(models, sheet, trouble, first = [COURSE]) {
  const select = byId("why-model");
  first.forEach(({ value, name }) => select.append(element("option", { value }, name)));
  models.forEach((model, index) => select.append(element("option", { value: String(index) }, model.name)));
  const diagram = new Diagram();
  const maps = new FeatureMaps(() => explain(true));
  const which = new Which(sheet);
  byId("why-said").before(which.element);
  let shown = null; // the model for which the drawing is shown
  let asked = 0; // questions; only the last one's answer counts
  const explain = async (again = false) => {
    if (sheet.blank || (shown === select.value && again !== true)) return;
    const number = ++asked;
    try {
      if (again !== true) maps.switchAllOn();
      shown = select.value;
      const told = await why(await picture(sheet.strokes), shown, [...maps.off], sheet.symbol);
      if (shown in models && told.model !== models[shown].name) throw new Error(`${models[shown].name} is no longer on the server: reload the page`);
      if (number !== asked) return;
      which.show(told.symbols, told.explained);
      diagram.show(new Activity(told, maps.off.size), again === true);
      maps.show(told.maps);
      trouble.hide();
    } catch (error) {
      if (number !== asked) return;
      shown = null;
      document.querySelector(".why-parts").hidden = true; // what it shows is not of what was asked
      byId("why-said").textContent = "No answer";
      trouble.show(error);
    }
  };
  sheet.addEventListener("change", () => {
    shown = null;
  });
  sheet.addEventListener("choose", () => {
    shown = null;
    if (!byId("why").hidden) explain();
  });
  select.addEventListener("change", () => explain());
  byId("why-step").addEventListener("click", () => diagram.step());
  byId("why-all").addEventListener("click", () => {
    diagram.switchAllOn();
    if (maps.switchAllOn()) explain(true);
  });
  document.addEventListener("themechange", () => {
    diagram.repaint();
    maps.draw();
  });
  window.addEventListener("resize", () => diagram.fit());
  return () => explain();
}
