/* A small overview of a map that does not fit its frame, with the visible part outlined. */

const WIDTH_PX = 96;
const SEAT_UNITS = 30;
const SHOWN_MS = 2_500;

export class MiniMap {
  #isDue = false;
  #hide = null;

  constructor(canvas, { frame, map }) {
    Object.assign(this, { canvas, frame, map });
    const { width, height } = map.svg.viewBox.baseVal;
    this.scale = WIDTH_PX / width;
    canvas.width = WIDTH_PX * 2; // sharp on dense screens
    canvas.height = Math.round(height * this.scale * 2);
    this.places = new Map();
    for (const [id, element] of map.seats) {
      const { e, f } = element.transform.baseVal[0].matrix;
      this.places.set(id, [e, f]);
    }
    frame.addEventListener("scroll", () => this.update(), { passive: true });
    new ResizeObserver(() => this.update()).observe(map.svg);
  }

  /* Draws at most once per frame, and only while the map overflows. */
  update() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.canvas.hidden = !this.frame.hasAttribute("data-overflows");
      if (this.canvas.hidden) return;
      this.#draw();
      this.canvas.dataset.shown = "";
      clearTimeout(this.#hide);
      this.#hide = setTimeout(() => delete this.canvas.dataset.shown, SHOWN_MS);
    });
  }

  #draw() {
    const context = this.canvas.getContext("2d");
    const style = getComputedStyle(this.canvas);
    const colour = (name) => style.getPropertyValue(`--seat-${name}`);
    const colours = { available: colour("free-edge"), mine: colour("mine") };
    const taken = colour("sold-ink");
    context.setTransform(this.scale * 2, 0, 0, this.scale * 2, 0, 0);
    context.clearRect(0, 0, this.canvas.width / this.scale, this.canvas.height / this.scale);
    for (const [id, [x, y]] of this.places) {
      const status = this.map.shownStatus(id);
      context.fillStyle = colours[status] ?? taken;
      context.globalAlpha = status in colours ? 1 : 0.45;
      context.fillRect(x - SEAT_UNITS / 2, y - SEAT_UNITS / 2, SEAT_UNITS, SEAT_UNITS);
    }
    this.#outline(context, style.color);
  }

  #outline(context, colour) {
    const drawing = this.map.svg.getBoundingClientRect();
    const frame = this.frame.getBoundingClientRect();
    const units = this.map.svg.viewBox.baseVal.width / drawing.width;
    context.globalAlpha = 1;
    context.strokeStyle = colour;
    context.lineWidth = 1.5 / this.scale;
    context.strokeRect(
      (frame.left - drawing.left) * units,
      (frame.top - drawing.top) * units,
      frame.width * units,
      frame.height * units,
    );
  }
}
