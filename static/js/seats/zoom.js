/* Zooming of the map in a scrolling frame (pinch, Ctrl + wheel, buttons); the browser pans. */

const { fit, SEAT_COMFORTABLE_PX, SEAT_FIRST_PX, SEAT_SMALLEST_PX } = globalThis.initialSeatMap;
const SCALE_STEP = 1.35;
const SEAT_LARGEST_PX = 96;

export class Zoom {
  #cellUnits;
  #drawing;
  #pinch = null;
  #settledWidth;

  constructor(frame) {
    this.frame = frame;
    this.svg = frame.querySelector("[data-seat-map]");
    this.canvas = frame.querySelector("[data-zoom-canvas]");
    this.#drawing = this.svg.viewBox.baseVal;
    this.#cellUnits = Number(this.svg.dataset.cell);
    frame.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    frame.addEventListener("touchstart", (event) => this.#touch(event), { passive: false });
    frame.addEventListener("touchmove", (event) => this.#touch(event), { passive: false });
    frame.addEventListener("touchend", () => {
      this.#pinch = null;
    });
    this.#settledWidth = frame.clientWidth;
    new ResizeObserver(() => this.#settle()).observe(frame);
    this.isTouched = false;
  }

  get #fitWidth() {
    const style = getComputedStyle(this.frame);
    return this.frame.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  }

  #widthForSeat(px) {
    return (px / this.#cellUnits) * this.#drawing.width;
  }

  get #width() {
    return this.svg.getBoundingClientRect().width;
  }

  /* Seats that cannot be tapped safely: a tap zooms in first. */
  get isTooSmallToTap() {
    return this.#width < this.#widthForSeat(SEAT_SMALLEST_PX) - 1;
  }

  fit() {
    this.#show(Math.min(this.#fitWidth, this.#widthForSeat(SEAT_FIRST_PX)));
    this.isTouched = true;
  }

  by(steps) {
    const box = this.frame.getBoundingClientRect();
    this.#scaleAt(SCALE_STEP ** steps, box.left + box.width / 2, box.top + box.height / 2);
  }

  /* Zooms to seats of a comfortable size around a point. */
  to(x, y) {
    this.#scaleAt(this.#widthForSeat(SEAT_COMFORTABLE_PX) / this.#width, x, y);
  }

  /* Fits again only after a change of width: a change of height must keep the position. */
  #settle() {
    if (this.#settledWidth === this.frame.clientWidth) return;
    this.#settledWidth = this.frame.clientWidth;
    if (!this.isTouched) fit(this.frame);
  }

  #show(width) {
    this.canvas.style.width = `${width}px`;
    this.frame.toggleAttribute("data-overflows", width > this.#fitWidth + 1);
  }

  /* Scales around a point, which keeps its position on the screen. */
  #scaleAt(factor, x, y) {
    const before = this.svg.getBoundingClientRect();
    const smallest = Math.min(this.#fitWidth, this.#widthForSeat(SEAT_SMALLEST_PX));
    const width = Math.min(
      this.#widthForSeat(SEAT_LARGEST_PX),
      Math.max(smallest, before.width * factor),
    );
    this.#show(width);
    const after = this.svg.getBoundingClientRect();
    const ratio = this.#width / before.width;
    this.frame.scrollLeft += (x - before.left) * ratio - (x - after.left);
    this.frame.scrollTop += (y - before.top) * ratio - (y - after.top);
    this.isTouched = true;
  }

  #wheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.#scaleAt(Math.exp(-event.deltaY / 200), event.clientX, event.clientY);
  }

  #touch(event) {
    if (event.touches.length !== 2) return;
    event.preventDefault();
    const [one, two] = event.touches;
    const span = Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY);
    const x = (one.clientX + two.clientX) / 2;
    const y = (one.clientY + two.clientY) / 2;
    if (this.#pinch) this.#scaleAt(span / this.#pinch, x, y);
    this.#pinch = span;
  }
}
