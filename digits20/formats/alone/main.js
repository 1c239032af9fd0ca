// Starts the page that has its model within: the Draw and Why tabs of the served page.

import { byId } from "./dom.js";
import { startDraw } from "./draw.js";
import { picture } from "./ink.js";
import * as server from "./server.js";
import { makeTabs } from "./tabs.js";
import { describeTerms, explainTerms } from "./terms.js";
import { makeTheme } from "./theme.js";
import { Threshold } from "./threshold.js";
import { troubleLine } from "./trouble.js";
import { startWhy } from "./why.js";

/** Where no corrections are kept. */
const nothingKept = Object.assign(new EventTarget(), { possible: false, kept: undefined });

/** Lets a browser install the page where a web server hands it out; an address of file:// has nothing to install. */
function makeInstallable(link, title) {
  if (!location.protocol.startsWith("http")) return;
  const start = location.href.split("#")[0];
  const icons = [{ src: document.querySelector('link[rel="icon"]').href, sizes: "any", type: "image/svg+xml" }];
  const manifest = { name: title, short_name: "digits20", id: start, start_url: start, scope: start, display: "standalone", icons };
  link.href = `data:application/manifest+json,${encodeURIComponent(JSON.stringify(manifest))}`;
  document.head.append(link);
}

async function start() {
  const trouble = troubleLine(byId("trouble"));
  explainTerms();
  describeTerms();
  makeTheme(byId("theme"));
  const { models, not_sure: notSure } = await server.models();
  byId("correction").hidden = true;
  const sheet = startDraw(models, nothingKept, new Threshold(notSure), trouble);
  const explain = startWhy(models, sheet, trouble, []);
  makeTabs(document.querySelector('[role="tablist"]'), (id) => id === "why" && explain());
  makeInstallable(Object.assign(document.createElement("link"), { rel: "manifest" }), document.title);
}

start();
globalThis.digits20 = { predict: server.predict, look: server.look, why: server.why, picture }; // for the console, and for tests
