// Every request of the page, all to its own server; an error becomes one readable line.

/** What is said of a server that has not answered. */
export const gone = () => new Refusal("The server does not answer. Is digits20 page still running?", 0, 2000);

const PATIENCE = 20000; // milliseconds

/** A request that failed. `again`: milliseconds after which a retry may help, or null. */
class Refusal extends Error {
  constructor(message, status, again = null) {
    super(message);
    this.status = status;
    this.again = again;
  }
}

export const models = () => ask("/models");
export const units = (index) => ask(`/models/${index}/units`);
export const look = (image, symbol, signal, limit) => ask(`/look${about("?", symbol)}`, { ...sending(image), signal }, limit);
export const why = (image, model, off, symbol) =>
  ask(`/why?model=${model}${off.length ? `&off=${off}` : ""}${about("&", symbol)}`, sending(image));
export const removeKept = (name) => ask(`/models/kept?name=${encodeURIComponent(name)}`, { method: "DELETE" });
export const kept = () => ask("/collect");
export const undoKept = () => ask("/collect", { method: "DELETE" });
export const keep = (image, label, symbol) => ask(`/collect?${named(label, symbol)}`, sending(image));

export const learn = (what, settings = {}) => ask(`/learn/${what}`, sending(new Blob([JSON.stringify(settings)])));
export const learnFrom = (what, file) => ask(`/learn/${what}`, sending(file));
export const examples = () => ask("/learn/examples");
export const undoExample = () => ask("/learn/examples", { method: "DELETE" });
export const addExample = (image, label) => ask(`/learn/examples?${named(label)}`, sending(image));

/** The corrected drawings, from which a hand is learned. */
export const hand = () => ask("/learn/hand");
export const addToHand = (image, label, symbol) => ask(`/learn/examples?set=hand&${named(label, symbol)}`, sending(image));
export const undoHand = () => ask("/learn/examples?set=hand", { method: "DELETE" });

const named = (label, symbol) => `label=${encodeURIComponent(label)}${about("&", symbol)}`;

/** symbol: which of the picture's, null for the largest. */
const about = (mark, symbol = null) => (symbol === null ? "" : `${mark}symbol=${symbol}`);

/** The server checks the type itself, whatever the browser thinks it is. */
function sending(image) {
  return { method: "POST", body: image, headers: { "Content-Type": "application/octet-stream" } };
}

/** limit: milliseconds after which a server that says nothing counts as gone. */
async function ask(path, options = {}, limit = PATIENCE) {
  const late = AbortSignal.timeout(limit);
  const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
  let response;
  let content;
  try {
    response = await fetch(path, { ...options, signal });
    content = await response.json().catch((error) => {
      if (signal.aborted) throw error;
      return {};
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw gone();
  }
  if (response.ok) return content;
  if (response.status === 503) throw new Refusal("The server is busy. Trying again …", 503, 500);
  const said = content.error?.replace(/^drawing: /, ""); // the name that the server gives every picture
  throw new Refusal(said ?? `the server answered ${response.status}`, response.status);
}

/** The bytes of a base64 text. */
export function decoded(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** The same as numbers from -128 to 127. */
export function signed(text) {
  return new Int8Array(decoded(text).buffer);
}
