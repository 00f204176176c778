/* Countdown to a time on the server's clock, shown in every [data-countdown] of the page.
 *
 * Screen readers are notified at 60 and at 30 seconds, not every second. */

const TICK_MS = 250;
const ANNOUNCE_AT_SECONDS = [60, 30];
const URGENT_SECONDS = 60;

export function formatClock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export class Countdown extends EventTarget {
  #timer = null;
  #endsAtMs = 0;
  #lastShown = null;

  constructor(clock) {
    super();
    this.clock = clock;
  }

  until(expiresAt) {
    this.stop();
    this.#endsAtMs = Date.parse(expiresAt);
    this.#lastShown = null;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  get seconds() {
    return Math.max(0, Math.ceil((this.#endsAtMs - this.clock.now()) / 1000));
  }

  #tick() {
    const seconds = this.seconds;
    if (seconds !== this.#lastShown) this.#show(seconds);
    if (seconds === 0) {
      this.stop();
      this.dispatchEvent(new Event("over"));
    }
  }

  #show(seconds) {
    const crossed = (mark) => seconds <= mark && this.#lastShown !== null && this.#lastShown > mark;
    const mark = ANNOUNCE_AT_SECONDS.find(crossed);
    if (mark) this.dispatchEvent(new CustomEvent("mark", { detail: mark }));
    const state = seconds === 0 ? "over" : seconds < URGENT_SECONDS ? "soon" : "calm";
    this.#lastShown = seconds;
    for (const element of document.querySelectorAll("[data-countdown]")) {
      element.querySelector("[data-countdown-text]").textContent = formatClock(seconds);
      element.dataset.state = state;
    }
  }
}
