/* Keeps a SeatStore true: a WebSocket while one can be had, polling while not. */

import { ask } from "../api.js";

const POLL_MS = 3_000;
const RETRY_FIRST_MS = 500;
const RETRY_LONGEST_MS = 30_000;
// The server speaks at least every five seconds; three missed words mean a dead line.
const SILENCE_MS = 15_000;
// Every other close, being too slow (4408) among them, is answered by coming again.
const NO_SUCH_SHOWTIME = 4404;

export class SeatFeed extends EventTarget {
  #socket = null;
  #failures = 0;
  #poll = null;
  #silence = null;
  #retry = null;
  #refetching = false;

  constructor({ url, statusesUrl, store }) {
    super();
    Object.assign(this, { url, statusesUrl, store });
  }

  start() {
    this.stop();
    this.#poll = setInterval(() => this.#pollOnce(), POLL_MS);
    this.#connect();
  }

  stop() {
    clearInterval(this.#poll);
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  async refetch() {
    if (this.#refetching) return;
    this.#refetching = true;
    try {
      this.store.applySnapshot((await ask(this.statusesUrl)).seats);
      if (!this.#isLive()) this.#tell("polling");
    } catch {
      this.#tell("offline");
    } finally {
      this.#refetching = false;
    }
  }

  #connect() {
    clearTimeout(this.#retry);
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#hear(JSON.parse(data)));
    socket.addEventListener("open", () => this.#listen());
    socket.addEventListener("close", ({ code }) => {
      if (socket === this.#socket) this.#lost(code);
    });
  }

  #hear(frame) {
    this.#listen();
    this.#failures = 0;
    if (frame.type === "snapshot") this.store.applySnapshot(frame.seats);
    else if (frame.type === "delta") this.store.applyChanges(frame.seats);
    else if (frame.type === "resync" || this.store.disagreesWith(frame)) this.refetch();
    this.#tell("live");
  }

  #listen() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#socket?.close(), SILENCE_MS);
  }

  #lost(code) {
    this.#socket = null;
    clearTimeout(this.#silence);
    this.#tell(navigator.onLine ? "polling" : "offline");
    if (code === NO_SUCH_SHOWTIME) return;
    const longest = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    // Jitter: a restarted server must not meet everybody in the same instant.
    this.#retry = setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2));
  }

  #pollOnce() {
    if (!this.#isLive() && !document.hidden) this.refetch();
  }

  #isLive() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #tell(state) {
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}
