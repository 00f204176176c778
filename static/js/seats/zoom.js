/* The plan in a scrolling frame: the browser pans, we zoom (pinch, Ctrl + wheel, buttons). */

const SEAT_SMALLEST_PX = 24; // what a finger can hit
const SEAT_COMFORTABLE_PX = 32; // shown where the whole plan would be smaller than that
const SEAT_FIRST_PX = 52;
const SCALE_STEP = 1.35;
const SEAT_LARGEST_PX = 96;

export class Zoom {
  #cellUnits;
  #drawing;
  #pinch = null;
  #settledWidth = null;

  constructor(frame) {
    this.frame = frame;
    this.svg = frame.querySelector("svg");
    this.#drawing = this.svg.viewBox.baseVal;
    this.#cellUnits = Number(this.svg.dataset.cell);
    frame.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    frame.addEventListener("touchstart", (event) => this.#touch(event), { passive: false });
    frame.addEventListener("touchmove", (event) => this.#touch(event), { passive: false });
    frame.addEventListener("touchend", () => {
      this.#pinch = null;
    });
    new ResizeObserver(() => this.#settle()).observe(frame);
    this.reset();
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

  /* All of it, unless its seats would be too small to touch; then the middle of it. */
  reset() {
    const fits = this.#fitWidth >= this.#widthForSeat(SEAT_SMALLEST_PX);
    const width = fits ? this.#fitWidth : this.#widthForSeat(SEAT_COMFORTABLE_PX);
    this.#show(Math.min(width, this.#widthForSeat(SEAT_FIRST_PX)));
    this.frame.scrollLeft = (this.frame.scrollWidth - this.frame.clientWidth) / 2;
    this.isTouched = false;
  }

  fit() {
    this.#show(Math.min(this.#fitWidth, this.#widthForSeat(SEAT_FIRST_PX)));
    this.isTouched = true;
  }

  by(steps) {
    const box = this.frame.getBoundingClientRect();
    this.#scaleAt(SCALE_STEP ** steps, box.left + box.width / 2, box.top + box.height / 2);
  }

  /* Only another width asks for another size: a frame that grows taller must not lose its place. */
  #settle() {
    if (this.#settledWidth === this.frame.clientWidth) return;
    this.#settledWidth = this.frame.clientWidth;
    if (!this.isTouched) this.reset();
  }

  #show(width) {
    this.svg.style.width = `${width}px`;
    this.frame.toggleAttribute("data-overflows", width > this.#fitWidth + 1);
  }

  /* Scales so that the point under the fingers stays under them. */
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
