/* Keeps the desk true: told by a WebSocket when its cinemas move, by the clock while there is none. */

import { reconcileChildren } from "./reconcile.js";

const POLL_MS = 5_000;
const RETRY_FIRST_MS = 500;
const RETRY_LONGEST_MS = 30_000;
// The server speaks at least every fifteen seconds; three missed words mean a dead line.
const SILENCE_MS = 45_000;

class Desk {
  #socket = null;
  #failures = 0;
  #silence = null;
  #isAsking = false;
  #mustAskAgain = false;

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

  /* One question at a time; what moves meanwhile is asked for afterwards. */
  async refresh() {
    if (this.#isAsking) {
      this.#mustAskAgain = true;
      return;
    }
    this.#isAsking = true;
    try {
      await this.#ask();
      this.#tell(this.#isLive() ? "live" : "polling");
    } catch {
      this.#tell("offline");
    } finally {
      this.#isAsking = false;
    }
    if (this.#mustAskAgain) {
      this.#mustAskAgain = false;
      this.refresh();
    }
  }

  async #ask() {
    const answer = await fetch(this.root.dataset.figuresUrl, { cache: "no-store" });
    if (answer.redirected) location.reload(); // signed out: the page itself asks to sign in
    if (!answer.ok || answer.redirected) throw new Error(`desk: ${answer.status}`);
    const fresh = document.createElement("template");
    fresh.innerHTML = await answer.text();
    reconcileChildren(this.figures, fresh.content);
  }

  #connect() {
    const socket = new WebSocket(this.root.dataset.feedUrl);
    this.#socket = socket;
    this.#listen();
    socket.addEventListener("message", () => {
      this.#failures = 0;
      this.#listen();
      if (!document.hidden) this.refresh();
    });
    socket.addEventListener("close", () => this.#lost());
  }

  #listen() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#socket.close(), SILENCE_MS);
  }

  #lost() {
    clearTimeout(this.#silence);
    this.#tell(navigator.onLine ? "polling" : "offline");
    const longest = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    // Jitter: a restarted server must not meet everybody in the same instant.
    setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2));
  }

  #isLive() {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  #tell(state) {
    if (this.state.dataset.deskState === state) return;
    this.state.dataset.deskState = state;
    this.state.textContent = this.state.dataset[state];
  }
}

const root = document.querySelector("[data-desk]");
if (root) new Desk(root).start();
