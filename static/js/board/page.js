/* The schedule board without page loads: its panel, its forms, and updates of the time line. */

import { listenForDrags } from "./drag.js";
import { listenForKeys } from "./keys.js";
import { suggest } from "./suggestion.js";
import { Timeline } from "./timeline.js";

const REFRESH_MS = 30_000;
const PART = "X-Board-Part";

class Board {
  #queue = Promise.resolve(); // requests run one at a time, in order

  constructor(root) {
    this.root = root;
    this.part = root.querySelector("[data-board-part]");
    this.panel = root.querySelector("[data-board-panel]");
    this.content = root.querySelector("[data-board-panel-content]");
    this.timeline = new Timeline(this.part);
  }

  start() {
    this.root.addEventListener("click", (event) => this.#click(event));
    this.root.addEventListener("submit", (event) => this.#submit(event));
    this.content.addEventListener("input", (event) => suggest(event.target.form));
    this.panel.addEventListener("close", () => this.content.replaceChildren());
    for (const field of this.root.querySelectorAll("[data-board-jump]")) {
      field.addEventListener("change", () => field.value && field.form.requestSubmit());
    }
    this.root.querySelector("[data-board-go]").hidden = true;
    listenForDrags(this.timeline, (block, place) => this.move(block, place));
    listenForKeys(this.timeline, (block, place) => this.move(block, place));
    setInterval(() => this.#refresh().catch(() => {}), REFRESH_MS); // the next refresh retries
    this.timeline.scrollToNow();
  }

  /* Moves a showtime; the server validates it and returns the conflicts. */
  async move(block, { studio, day, hour }) {
    const form = new FormData(this.root.querySelector("[data-board-token]"));
    for (const [name, value] of Object.entries({ studio, day, hour })) form.append(name, value);
    await this.#send(block.dataset.moveUrl, { method: "POST", body: form });
    this.timeline.restore();
  }

  #click(event) {
    const opener = event.target.closest("[data-board-open]");
    const lane = event.target.closest("[data-lane][data-add-url]");
    if (event.target.closest("[data-board-close]") || event.target === this.panel) {
      this.panel.close();
    } else if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey) {
      return;
    } else if (opener) {
      event.preventDefault();
      this.#send(opener.href);
    } else if (lane && event.target === lane && this.timeline.isWide()) {
      const hour = this.timeline.clockAt(this.timeline.minuteUnder(event, lane));
      this.#send(
        `${lane.dataset.addUrl}?${new URLSearchParams({ studio: lane.dataset.lane, hour })}`,
      );
    }
  }

  #submit(event) {
    const form = event.target.closest("[data-board-form]");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    if (button.disabled) return; // ignores the second click of a double click
    const body = new FormData(form);
    button.disabled = true;
    this.#send(form.action, { method: "POST", body }).then(() => {
      button.disabled = false;
    });
  }

  #send(url, options = {}) {
    this.#queue = this.#queue
      .then(() => this.#fetch(url, options))
      .catch(() => {
        this.part.querySelector(".board-notice").textContent = this.root.dataset.failed;
      });
    return this.#queue;
  }

  async #fetch(url, options) {
    const response = await fetch(url, {
      ...options,
      headers: { [PART]: "any" },
      cache: "no-store",
    });
    const part = response.headers.get(PART);
    if (part === "board") this.#show(await response.text());
    else if (part === "panel") this.#open(await response.text());
    else if (response.redirected)
      location.reload(); // signed out: the reloaded page asks to sign in
    else throw new Error(`board: ${response.status}`);
  }

  #show(html) {
    this.timeline.keepScroll(() => {
      this.part.innerHTML = html;
    });
    if (this.panel.open) this.panel.close();
  }

  #open(html) {
    this.content.innerHTML = html;
    if (!this.panel.open) this.panel.showModal();
    (this.content.querySelector("[role=alert]") ?? this.content).scrollIntoView({
      block: "nearest",
    });
    const form = this.content.querySelector("[data-suggestion-url]");
    if (form) suggest(form);
  }

  /* Shows other people's changes and sales, unless the board is being used. */
  async #refresh() {
    if (document.hidden || this.#isInUse()) return;
    const response = await fetch(this.root.dataset.boardUrl, {
      headers: { [PART]: "any" },
      cache: "no-store",
    });
    const html = await response.text();
    if (response.headers.get(PART) === "board" && !this.#isInUse()) this.#show(html);
  }

  #isInUse() {
    return this.panel.open || this.timeline.isBusy();
  }
}

const root = document.querySelector("[data-board]");
if (root) new Board(root).start();
