/* Keeps the dashboard current: refreshes on WebSocket messages, or polls without a connection. */

import { reconcileChildren } from "./reconcile.js";

const POLL_MS = 5_000;
const RETRY_FIRST_MS = 500;
const RETRY_LONGEST_MS = 30_000;
// The server sends a message at least every 15 seconds; after three missed ones we reconnect.
const SILENCE_MS = 45_000;

class Dashboard {
  #socket = null;
  #failures = 0;
  #silence = null;
  #isFetching = false;
  #mustFetchAgain = false;

  constructor(root) {
    this.root = root;
    this.figures = root.querySelector("[data-desk-figures]");
    this.state = root.querySelector("[data-desk-state]");
  }

  start() {
    this.#connect();
    setInterval(() => {
      if (!this.#isLive() && !document.hidden) this.refresh();
    }, POLL_MS);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.refresh();
    });
  }

  /* One request at a time; a change during a request causes another one afterwards. */
  async refresh() {
    if (this.#isFetching) {
      this.#mustFetchAgain = true;
      return;
    }
    this.#isFetching = true;
    try {
      await this.#fetch();
      this.#setState(this.#isLive() ? "live" : "polling");
    } catch {
      this.#setState("offline");
    } finally {
      this.#isFetching = false;
    }
    if (this.#mustFetchAgain) {
      this.#mustFetchAgain = false;
      this.refresh();
    }
  }

  async #fetch() {
    const response = await fetch(this.root.dataset.figuresUrl, { cache: "no-store" });
    if (response.redirected) location.reload(); // signed out: the reloaded page asks to sign in
    if (!response.ok || response.redirected) throw new Error(`dashboard: ${response.status}`);
    const fresh = document.createElement("template");
    fresh.innerHTML = await response.text();
    reconcileChildren(this.figures, fresh.content);
  }

  #connect() {
    const socket = new WebSocket(this.root.dataset.feedUrl);
    this.#socket = socket;
    this.#resetSilenceTimer();
    socket.addEventListener("message", () => {
      this.#failures = 0;
      this.#resetSilenceTimer();
      if (!document.hidden) this.refresh();
    });
    socket.addEventListener("close", () => this.#handleClose());
  }

  #resetSilenceTimer() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#socket.close(), SILENCE_MS);
  }

  #handleClose() {
    clearTimeout(this.#silence);
    this.#setState(navigator.onLine ? "polling" : "offline");
    const longest = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    // Jitter: clients must not all reconnect to a restarted server at once.
    setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2));
  }

  #isLive() {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  #setState(state) {
    if (this.state.dataset.deskState === state) return;
    this.state.dataset.deskState = state;
    this.state.textContent = this.state.dataset[state];
  }
}

const root = document.querySelector("[data-desk]");
if (root) new Dashboard(root).start();
