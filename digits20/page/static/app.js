// Starts the page: asks the server for its models, then starts each tab.

import { Collection } from "./collection.js";
import { startDraw } from "./draw.js";
import { byId } from "./dom.js";
import { startHand } from "./hand.js";
import { startLearn } from "./learn.js";
import { Lesson } from "./lesson.js";
import { startModel } from "./model.js";
import * as server from "./server.js";
import { makeTabs } from "./tabs.js";
import { startTeach } from "./teach.js";
import { loadAnew, tell, tellAgain } from "./told.js";
import { describeTerms, explainTerms } from "./terms.js";
import { makeTheme } from "./theme.js";
import { Threshold } from "./threshold.js";
import { troubleLine } from "./trouble.js";
import { startUpload } from "./upload.js";
import { startWhy } from "./why.js";

async function start() {
  const trouble = troubleLine(byId("trouble"));
  explainTerms();
  describeTerms();
  makeTheme(byId("theme"));
  try {
    const { models, not_sure: notSure } = await server.models();
    const threshold = new Threshold(notSure);
    const collection = new Collection(models[0].labels);
    const sheet = startDraw(models, collection, threshold, trouble);
    const lesson = new Lesson(trouble);
    const compare = (name) => loadAnew("draw", `${name} was kept, beside the others. On the Model tab it can be removed.`);
    lesson.addEventListener("restart", () => {
      tell("The server was started anew: what was learned, drawn as an example or kept here, and not saved as a file, is gone.");
      collection.refresh().catch(trouble.show);
    });
    tellAgain();
    startLearn(lesson, sheet, compare);
    startHand(lesson, collection, compare, trouble.show);
    startTeach(lesson, trouble.show);
    const showModel = startModel(byId("model"), models, trouble);
    const explain = startWhy(models, sheet, trouble);
    const opened = { model: showModel, why: explain };
    const openTab = makeTabs(document.querySelector('[role="tablist"]'), (id) => opened[id]?.());
    startUpload(models, collection, threshold, trouble, () => openTab("upload"));
    await collection.refresh();
  } catch (error) {
    trouble.show(error);
  }
}

start();
