/* One showtime in the office: the seat feed says that something moved, the page asks what. */

import { reconcileChildren } from "./reconcile.js";

const POLL_MS = 5_000;
const REFRESH_MS = 1_000;
const RETRY_FIRST_MS = 500;
const RETRY_LONGEST_MS = 30_000;

class Hall {
  #socket = null;
  #failures = 0;
  #timer = null;
  #open = new URLSearchParams(location.search).get("seat");

  constructor(root) {
    this.root = root;
    this.seats = root.querySelector("[data-hall-seats]");
    this.story = root.querySelector("[data-hall-story]");
    this.state = root.querySelector("[data-hall-state]");
  }

  start() {
    this.#mark();
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
      this.#mark();
      this.#tellStory(true);
    });
  }

  #connect() {
    const socket = new WebSocket(this.root.dataset.feedUrl);
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#hear(JSON.parse(data)));
    socket.addEventListener("close", () => {
      this.#tell("polling");
      const pause = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** this.#failures);
      this.#failures += 1;
      setTimeout(() => this.#connect(), pause * (0.5 + Math.random() / 2));
    });
  }

  #hear(frame) {
    this.#failures = 0;
    this.#tell("live");
    if (frame.type === "digest") return;
    for (const [id, status] of frame.seats ?? []) {
      const seat = this.seats.querySelector(`[data-seat="${id}"]`);
      // At once in its colour; by whom is asked for with the rest.
      if (seat && !seat.classList.contains(`is-${status}`)) {
        seat.setAttribute(
          "class",
          `hall-seat is-${status}${seat.dataset.seat === this.#open ? " is-open" : ""}`,
        );
      }
    }
    // Many changes are one question a second.
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#refresh();
    }, REFRESH_MS);
  }

  async #refresh() {
    try {
      const fresh = document.createElement("template");
      fresh.innerHTML = await this.#ask(this.root.dataset.seatsUrl);
      reconcileChildren(this.seats, fresh.content);
      this.#mark();
      await this.#tellStory(false);
    } catch {
      this.#tell("polling");
    }
  }

  async #tellStory(isNew) {
    if (!this.#open) return;
    // Somebody who is about to press a button keeps it under the finger.
    if (!isNew && this.story.contains(document.activeElement)) return;
    const fresh = document.createElement("template");
    fresh.innerHTML = await this.#ask(`${this.root.dataset.seatsUrl}${this.#open}/`);
    reconcileChildren(this.story, fresh.content);
    // On a phone it stands above the plan.
    if (isNew) this.story.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  async #ask(url) {
    const answer = await fetch(url, { cache: "no-store" });
    if (!answer.ok || answer.redirected) throw new Error(`showtime: ${answer.status}`);
    return answer.text();
  }

  #mark() {
    for (const seat of this.seats.querySelectorAll("[data-seat]")) {
      seat.classList.toggle("is-open", seat.dataset.seat === this.#open);
    }
  }

  #isLive() {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  #tell(state) {
    if (this.state.dataset.hallState === state) return;
    this.state.dataset.hallState = state;
    this.state.textContent = this.state.dataset[state];
  }
}

const root = document.querySelector("[data-hall]");
if (root) new Hall(root).start();
