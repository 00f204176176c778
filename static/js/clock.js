/* An estimate of the server's clock, synchronised from one response.
 *
 * Advances with the browser's monotonic clock, so a wrong or changing wall clock on the device has
 * no effect. */

export class ServerClock {
  #serverMs;
  #syncedAtMs;

  constructor(iso) {
    this.sync(iso);
  }

  sync(iso) {
    this.#serverMs = Date.parse(iso);
    this.#syncedAtMs = performance.now();
  }

  now() {
    return this.#serverMs + (performance.now() - this.#syncedAtMs);
  }

  /* Milliseconds from now until a time of the server, at least 0. */
  until(iso) {
    return Math.max(0, Date.parse(iso) - this.now());
  }
}
