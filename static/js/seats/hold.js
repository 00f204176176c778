/* The visitor's hold: each change is sent to the server at once, one request at a time. */

import { NetworkError, Problem, requestJson } from "../api.js";

export class HoldSession extends EventTarget {
  #queue = Promise.resolve();
  // Other tabs of this browser share the hold and are notified to refresh.
  #tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("layar-hold") : null;

  constructor({ showtime, holdUrl, releaseUrl, held, clock }) {
    super();
    Object.assign(this, { showtime, holdUrl, releaseUrl, held, clock });
    this.pending = new Set();
    if (this.#tabs) {
      this.#tabs.onmessage = ({ data }) => {
        if (data === this.showtime) this.refresh();
      };
    }
  }

  get seatIds() {
    return this.held.seats.map((seat) => seat.id);
  }

  has(id) {
    return this.held.seats.some((seat) => seat.id === id);
  }

  add(ids) {
    return this.#enqueue(ids, () => requestJson(this.holdUrl, { body: { seats: ids } }));
  }

  release(ids) {
    return this.#enqueue(ids, () => requestJson(this.releaseUrl, { body: { seats: ids } }));
  }

  releaseAll() {
    return this.#enqueue(this.seatIds, () => requestJson(this.releaseUrl, { body: {} }));
  }

  /* Any other request whose response is the hold. */
  submit(url, body) {
    return this.#enqueue([], () => requestJson(url, { body }));
  }

  refresh() {
    return this.#enqueue([], () => requestJson(this.holdUrl), { isUserAction: false });
  }

  /* Empties an expired hold locally; the server expires it by itself. */
  expire() {
    this.#accept({ ...this.held, hold_id: null, seats: [], expires_at: null, panel: null });
  }

  #enqueue(ids, request, { isUserAction = true } = {}) {
    // A second tap on a seat with a pending request is ignored.
    const wanted = ids.filter((id) => !this.pending.has(id));
    if (ids.length && !wanted.length) return this.#queue;
    for (const id of wanted) this.pending.add(id);
    this.#emit("pending", wanted);
    this.#queue = this.#queue.then(() => this.#run(wanted, request, isUserAction));
    return this.#queue;
  }

  async #run(ids, request, isUserAction) {
    try {
      const held = await request();
      for (const id of ids) this.pending.delete(id);
      this.#accept(held, isUserAction);
      if (isUserAction) this.#tabs?.postMessage(this.showtime);
    } catch (error) {
      for (const id of ids) this.pending.delete(id);
      this.#emit("pending", ids);
      if (!(error instanceof Problem || error instanceof NetworkError)) throw error;
      if (isUserAction) this.#emit("refused", { error, ids });
    }
  }

  #accept(held, isUserAction = true) {
    const before = this.seatIds;
    this.held = held;
    this.clock.sync(held.server_time);
    this.#emit("change", { before, after: this.seatIds, isUserAction });
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
