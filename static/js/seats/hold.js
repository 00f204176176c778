/* The visitor's own seats: every tap is asked of the server at once, one after the other. */

import { ask, NoAnswer, Problem } from "../api.js";

export class HoldSession extends EventTarget {
  #queue = Promise.resolve();
  // Other tabs of this browser share the hold; they are told to look again.
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

  take(ids) {
    return this.#act(ids, () => ask(this.holdUrl, { body: { seats: ids } }));
  }

  release(ids) {
    return this.#act(ids, () => ask(this.releaseUrl, { body: { seats: ids } }));
  }

  releaseAll() {
    return this.#act(this.seatIds, () => ask(this.releaseUrl, { body: {} }));
  }

  refresh() {
    return this.#act([], () => ask(this.holdUrl), { isOwnAct: false });
  }

  /* The time is up: what the server decides by itself is shown without asking it. */
  forget() {
    this.#accept({ ...this.held, hold_id: null, seats: [], expires_at: null, panel: null });
  }

  #act(ids, request, { isOwnAct = true } = {}) {
    // A second tap on a seat whose first is still under way is the same tap.
    const wanted = ids.filter((id) => !this.pending.has(id));
    if (ids.length && !wanted.length) return this.#queue;
    for (const id of wanted) this.pending.add(id);
    this.#tell("pending", wanted);
    this.#queue = this.#queue.then(() => this.#run(wanted, request, isOwnAct));
    return this.#queue;
  }

  async #run(ids, request, isOwnAct) {
    try {
      const held = await request();
      for (const id of ids) this.pending.delete(id);
      this.#accept(held);
      if (isOwnAct) this.#tabs?.postMessage(this.showtime);
    } catch (error) {
      for (const id of ids) this.pending.delete(id);
      this.#tell("pending", ids);
      if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
      if (isOwnAct) this.#tell("refused", { error, ids });
    }
  }

  #accept(held) {
    const before = this.seatIds;
    this.held = held;
    this.clock.hear(held.server_time);
    this.#tell("change", { before, after: this.seatIds });
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
