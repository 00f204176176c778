/* What a waiting page knows of its place: read from the server, advanced by live progress. */

// When the phase changes everybody asks again: spread over the time that the server needs.
const SPREAD_MS_PER_PERSON = 5;
const SPREAD_MS_MIN = 500;
const SPREAD_MS_MAX = 30_000;

export class Queue {
  #ahead = null;
  #calledThen = 0;
  #phase = null;

  constructor({ state, checkSeconds }) {
    Object.assign(this, { state, checkSeconds });
  }

  /* The document of the visitor's place. */
  read({ state, check_seconds: checkSeconds, ahead, room }) {
    Object.assign(this, { state, checkSeconds });
    this.#ahead = ahead;
    this.#calledThen = room.called;
    this.#phase = room.phase;
  }

  /* After how many milliseconds to ask again because of this frame; null: as planned. */
  advance({ phase, called, waiting }) {
    if (this.state !== "waiting") return null;
    const hasChanged = this.#phase !== null && phase !== this.#phase;
    const before = this.#phase;
    this.#phase = phase;
    if (hasChanged) {
      const spread = Math.min(SPREAD_MS_MAX, SPREAD_MS_MIN + waiting * SPREAD_MS_PER_PERSON);
      return before === "before" ? Math.random() * spread : Math.random() * SPREAD_MS_MIN;
    }
    return this.aheadAt(called) === 0 ? Math.random() * SPREAD_MS_MIN : null;
  }

  /* How many are before this place once `called` were called; null if unknown. */
  aheadAt(called) {
    if (this.#ahead === null) return null;
    return Math.max(0, this.#ahead - Math.max(0, called - this.#calledThen));
  }
}
