/* The server's clock, as near as one answer lets us know it.
 *
 * Counted on from the moment of the answer with the browser's monotonic clock, so a visitor's
 * wrong or changing wall clock moves nothing. */

export class ServerClock {
  #serverMs;
  #heardAtMs;

  constructor(iso) {
    this.hear(iso);
  }

  hear(iso) {
    this.#serverMs = Date.parse(iso);
    this.#heardAtMs = performance.now();
  }

  now() {
    return this.#serverMs + (performance.now() - this.#heardAtMs);
  }
}
