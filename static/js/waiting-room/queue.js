/* What a waiting page knows of its place: read from the server, advanced by live progress. */

// When a room opens or closes everybody asks again: spread over the time that the server needs, and
// over less than the two minutes that who is called first has to come in.
const SPREAD_MS_PER_PERSON = 2;
const SPREAD_MS_MIN = 500;
const SPREAD_MS_MAX = 90_000;
// Between these phases nothing changes for a place, and a room may alternate between them.
const WITHOUT_NEWS = new Set(["open", "sold_out"]);
// With live progress a page away from the front asks only to show that it is still there: within
// the 150 seconds after which the server passes an absent place over.
const HEARTBEAT_SECONDS = 90;
const NEAR_AHEAD = 100;

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
    const before = this.#phase;
    this.#phase = phase;
    const isSame = phase === before || (WITHOUT_NEWS.has(phase) && WITHOUT_NEWS.has(before));
    if (before !== null && !isSame) {
      const spread = Math.min(SPREAD_MS_MAX, SPREAD_MS_MIN + waiting * SPREAD_MS_PER_PERSON);
      return Math.random() * spread;
    }
    return this.aheadAt(called) === 0 ? Math.random() * SPREAD_MS_MIN : null;
  }

  /* When to ask again without news: as told, and less often while progress comes by itself. */
  pauseSeconds({ isLive, called }) {
    const ahead = this.aheadAt(called);
    const isNear = ahead !== null && ahead <= NEAR_AHEAD;
    if (this.state !== "waiting" || !isLive || isNear) return this.checkSeconds;
    return Math.max(this.checkSeconds, HEARTBEAT_SECONDS);
  }

  /* How many are before this place once `called` were called; null if unknown. */
  aheadAt(called) {
    if (this.#ahead === null) return null;
    return Math.max(0, this.#ahead - Math.max(0, called - this.#calledThen));
  }
}
