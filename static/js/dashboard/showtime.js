/* The seats of one showtime for managers: fetches details when the seat feed reports a change. */

import { reconcileChildren } from "./reconcile.js";

const POLL_MS = 5_000;
const REFRESH_MS = 1_000;
const RETRY_FIRST_MS = 500;
const RETRY_LONGEST_MS = 30_000;

class SeatPlan {
  #socket = null;
  #failures = 0;
  #timer = null;
  #open = new URLSearchParams(location.search).get("seat");

  constructor(root) {
    this.root = root;
    this.seats = root.querySelector("[data-hall-seats]");
    this.history = root.querySelector("[data-hall-story]");
    this.state = root.querySelector("[data-hall-state]");
  }

  start() {
    this.#markOpenSeat();
    this.#connect();
    setInterval(() => {
      if (!this.#isLive() && !document.hidden) this.#refresh();
    }, POLL_MS);
    this.seats.addEventListener("click", (event) => {
      const seat = event.target.closest("[data-seat]");
      if (!seat || event.metaKey || event.ctrlKey) return;
      event.preventDefault();
      this.#open = seat.dataset.seat;
      history.replaceState(null, "", `?seat=${this.#open}`);
      this.#markOpenSeat();
      this.#showHistory(true);
    });
  }

  #connect() {
    const socket = new WebSocket(this.root.dataset.feedUrl);
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#handleFrame(JSON.parse(data)));
    socket.addEventListener("close", () => {
      this.#setState("polling");
      const pause = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** this.#failures);
      this.#failures += 1;
      setTimeout(() => this.#connect(), pause * (0.5 + Math.random() / 2));
    });
  }

  #handleFrame(frame) {
    this.#failures = 0;
    this.#setState("live");
    if (frame.type === "digest") return;
    for (const [id, status] of frame.seats ?? []) {
      const seat = this.seats.querySelector(`[data-seat="${id}"]`);
      // Colours the seat at once; its owner comes with the next refresh.
      if (seat && !seat.classList.contains(`is-${status}`)) {
        seat.setAttribute(
          "class",
          `seat-plan-seat is-${status}${seat.dataset.seat === this.#open ? " is-open" : ""}`,
        );
      }
    }
    // Combines changes into one request per second.
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#refresh();
    }, REFRESH_MS);
  }

  async #refresh() {
    try {
      const fresh = document.createElement("template");
      fresh.innerHTML = await this.#fetch(this.root.dataset.seatsUrl);
      reconcileChildren(this.seats, fresh.content);
      this.#markOpenSeat();
      await this.#showHistory(false);
    } catch {
      this.#setState("polling");
    }
  }

  async #showHistory(isNew) {
    if (!this.#open) return;
    // Does not replace a button that has focus.
    if (!isNew && this.history.contains(document.activeElement)) return;
    const fresh = document.createElement("template");
    fresh.innerHTML = await this.#fetch(`${this.root.dataset.seatsUrl}${this.#open}/`);
    reconcileChildren(this.history, fresh.content);
    // On a phone the history is above the plan.
    if (isNew) this.history.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  async #fetch(url) {
    const response = await fetch(url, { cache: "no-store" });
    if (!response.ok || response.redirected) throw new Error(`showtime: ${response.status}`);
    return response.text();
  }

  #markOpenSeat() {
    for (const seat of this.seats.querySelectorAll("[data-seat]")) {
      seat.classList.toggle("is-open", seat.dataset.seat === this.#open);
    }
  }

  #isLive() {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  #setState(state) {
    if (this.state.dataset.hallState === state) return;
    this.state.dataset.hallState = state;
    this.state.textContent = this.state.dataset[state];
  }
}

const root = document.querySelector("[data-hall]");
if (root) new SeatPlan(root).start();
