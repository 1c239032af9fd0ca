// The Upload tab: pictures that were chosen, dropped or pasted go to the server, a few at a time, and into the gallery.

import { howToKeep, tally } from "./correct.js";
import { byId } from "./dom.js";
import { Gallery } from "./gallery.js";
import { Queue } from "./queue.js";
import { count } from "./words.js";

const AT_ONCE = 2; // requests at a time

/** open() brings the tab to the front. */
export function startUpload(models, collection, threshold, trouble, open) {
  const gallery = new Gallery(byId("gallery"), byId("unreadable"), models, collection, threshold, trouble.show);
  const queue = new Queue(AT_ONCE, (file) => gallery.add(file));
  const add = (files) => {
    if (!files.length) return;
    open();
    queue.add(files);
  };
  queue.addEventListener("change", () => showProgress(queue, gallery));
  receive(add);
  byId("empty").addEventListener("click", () => {
    queue.forget();
    gallery.empty();
    showProgress(queue, gallery);
    byId("files").focus();
  });
  byId("kept-of-uploads").append(tally(collection, trouble.show), howToKeep(collection));
}

function showProgress(queue, gallery) {
  const read = count(gallery.read, "picture read", "pictures read");
  const refused = gallery.refused ? `, ${gallery.refused} unreadable` : "";
  byId("progress").textContent = queue.left
    ? `Reading, ${queue.left} to go …`
    : gallery.size
      ? `${read}${refused}`
      : "";
  byId("gallery").setAttribute("aria-busy", String(queue.left > 0));
  byId("empty").hidden = gallery.size === 0;
}

function receive(add) {
  const input = byId("files");
  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = ""; // so that the same file can be chosen again
  });
  document.addEventListener("paste", (event) => add([...event.clipboardData.files]));
  const drop = byId("drop");
  let within = 0; // enter events minus leave events: children fire them too
  const lit = (inside) => drop.classList.toggle("over", inside);
  document.addEventListener("dragenter", () => lit(++within > 0));
  document.addEventListener("dragleave", () => lit(--within > 0));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    within = 0;
    lit(false);
    add([...event.dataTransfer.files]);
  });
}
