// The drawing itself: strokes of points, and every earlier state for undo. It needs no canvas.

/** Fires "change", "lift" once a stroke is done, "choose" once a symbol is chosen. A point is {x, y, width}, all as shares of the sheet's side. */
export class Sheet extends EventTarget {
  strokes = [];
  done = false; // if true, the next stroke starts a new drawing
  symbol = null; // which of several is explained and corrected, null for the largest
  #past = [];
  #open = null;

  get blank() {
    return this.strokes.length === 0;
  }

  get undoable() {
    return this.#past.length > 0;
  }

  /** The drawing of an earlier visit, which undo takes back stroke by stroke. */
  restore(strokes) {
    this.#past = strokes.map((_, index) => strokes.slice(0, index));
    this.strokes = strokes;
  }

  begin(point) {
    this.#past.push(this.strokes);
    this.#open = [point];
    this.strokes = [...(this.done ? [] : this.strokes), this.#open];
    this.#changed();
  }

  extend(...points) {
    if (!this.#open || !points.length) return;
    this.#open.push(...points);
    this.#changed();
  }

  end() {
    if (!this.#open) return;
    this.#open = null;
    this.dispatchEvent(new Event("lift"));
  }

  undo() {
    if (!this.undoable) return;
    this.#open = null;
    this.strokes = this.#past.pop();
    this.#changed();
  }

  /** A cleared drawing comes back with undo. */
  clear() {
    if (this.blank) return;
    this.#open = null;
    this.#past.push(this.strokes);
    this.strokes = [];
    this.#changed();
  }

  choose(symbol) {
    this.symbol = symbol;
    this.dispatchEvent(new Event("choose"));
  }

  #changed() {
    this.done = false;
    this.symbol = null;
    this.dispatchEvent(new Event("change"));
  }
}
