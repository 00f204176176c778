/* Keeps a SeatStore current over a WebSocket, or by polling without a connection. */

import { requestJson } from "../api.js";

const POLL_MS = 3_000;
const RETRY_FIRST_MS = 500;
const RETRY_LONGEST_MS = 30_000;
// The server sends a message at least every 5 seconds; after three missed ones we reconnect.
const SILENCE_MS = 15_000;
// Any other close code, including 4408 (slow consumer), leads to a reconnection.
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
      this.#applySnapshot(await requestJson(this.statusesUrl));
      if (!this.#isLive()) this.#emit("state", "polling");
    } catch {
      this.#emit("state", "offline");
    } finally {
      this.#refetching = false;
    }
  }

  #connect() {
    clearTimeout(this.#retry);
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#handleFrame(JSON.parse(data)));
    socket.addEventListener("open", () => this.#resetSilenceTimer());
    socket.addEventListener("close", ({ code }) => {
      if (socket === this.#socket) this.#handleClose(code);
    });
  }

  #handleFrame(frame) {
    this.#resetSilenceTimer();
    this.#failures = 0;
    if (frame.type === "snapshot") this.#applySnapshot(frame);
    else if (frame.type === "delta") {
      this.store.applyChanges(frame.seats);
      this.#emit("availability", frame);
    } else if (frame.type === "resync" || this.store.disagreesWith(frame)) this.refetch();
    this.#emit("state", "live");
  }

  /* Its availability counts unless changes that it does not contain have arrived already. */
  #applySnapshot(snapshot) {
    this.store.applySnapshot(snapshot.seats);
    if (snapshot.versions >= this.store.versions) this.#emit("availability", snapshot);
  }

  #resetSilenceTimer() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#socket?.close(), SILENCE_MS);
  }

  #handleClose(code) {
    this.#socket = null;
    clearTimeout(this.#silence);
    this.#emit("state", navigator.onLine ? "polling" : "offline");
    if (code === NO_SUCH_SHOWTIME) return;
    const longest = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    // Jitter: clients must not all reconnect to a restarted server at once.
    this.#retry = setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2));
  }

  #pollOnce() {
    if (!this.#isLive() && !document.hidden) this.refetch();
  }

  #isLive() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
