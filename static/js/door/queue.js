/* A bounded queue of scans: none is lost because another is still being checked. */

export const WAITING_MAX = 10;

export class ScanQueue {
  #waiting = [];
  #isRunning = false;

  /** `check(scan)` is called for one scan at a time; `changed(count)` when the queue length changes. */
  constructor(check, changed) {
    Object.assign(this, { check, changed });
  }

  get isBusy() {
    return this.#isRunning;
  }

  /** Outcome "started", "queued" or "full" (not accepted); `done` resolves after the check. */
  add(scan) {
    if (this.#isRunning) {
      if (this.#waiting.length >= WAITING_MAX) return { outcome: "full", done: Promise.resolve() };
      const done = new Promise((resolve) => this.#waiting.push({ scan, resolve }));
      this.changed(this.#waiting.length);
      return { outcome: "queued", done };
    }
    return { outcome: "started", done: this.#run(scan) };
  }

  async #run(scan) {
    this.#isRunning = true;
    let next = { scan, resolve: () => {} };
    while (next) {
      await this.check(next.scan);
      next.resolve();
      next = this.#waiting.shift();
      this.changed(this.#waiting.length);
    }
    this.#isRunning = false;
  }
}
