// Drawing with the keyboard: arrow keys move a visible pen, the space bar puts it down and lifts it.

const STEP = 0.025; // of the sheet's side
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Fires "move" when the pen, {x, y, down, shown}, must be redrawn. */
export class KeyPen extends EventTarget {
  x = 0.5;
  y = 0.3;
  down = false;
  shown = false;
  #held = new Set();
  #sheet;
  #width;
  #say;

  /** say(text) announces to screen readers what the pen does. */
  constructor(canvas, sheet, width, say) {
    super();
    this.#sheet = sheet;
    this.#width = width;
    this.#say = say;
    canvas.addEventListener("keydown", (event) => this.#pressed(event));
    canvas.addEventListener("keyup", (event) => this.#held.delete(event.key));
    canvas.addEventListener("blur", () => this.hide());
    canvas.addEventListener("pointerdown", () => this.hide());
    canvas.addEventListener("focus", () => this.#show(canvas.matches(":focus-visible")));
  }

  hide() {
    this.#held.clear();
    this.lift();
    this.#show(false);
  }

  lift() {
    if (!this.down) return;
    this.down = false;
    this.#sheet.end();
    this.#moved();
  }

  #pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " ") {
      event.preventDefault();
      if (!event.repeat) this.#toggle();
    } else if (event.key in WAYS) {
      event.preventDefault();
      this.#held.add(event.key); // two at once move diagonally
      this.#step(event.shiftKey ? STEP / 4 : STEP);
    }
  }

  #toggle() {
    this.#show(true);
    if (this.down) this.lift();
    else {
      this.down = true;
      this.#sheet.begin(this.#point());
      this.#moved();
    }
    this.#say(this.down ? "Pen down" : "Pen up");
  }

  #step(length) {
    this.shown = true;
    const ways = [...this.#held].map((key) => WAYS[key]);
    const [right, below] = ways.reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);
    this.x = within(this.x + length * right);
    this.y = within(this.y + length * below);
    if (this.down) this.#sheet.extend(this.#point());
    this.#moved();
  }

  #point() {
    return { x: this.x, y: this.y, width: this.#width() };
  }

  #show(shown) {
    if (shown === this.shown) return;
    this.shown = shown;
    this.#moved();
  }

  #moved() {
    this.dispatchEvent(new Event("move"));
  }
}

function within(place) {
  return Math.min(0.98, Math.max(0.02, place));
}
