/* The progress of a waiting room over a WebSocket; the page also asks for its place without one. */

const RETRY_FIRST_MS = 1_000;
const RETRY_LONGEST_MS = 60_000;
// The server sends a message at least every 5 seconds; after three missed ones we reconnect.
const SILENCE_MS = 15_000;
const NO_SUCH_ROOM = 4404;

export class WaitingFeed extends EventTarget {
  #failures = 0;
  #silence = null;

  constructor(url) {
    super();
    this.url = url;
  }

  start() {
    const socket = new WebSocket(this.url);
    const listen = () => {
      clearTimeout(this.#silence);
      this.#silence = setTimeout(() => socket.close(), SILENCE_MS);
    };
    socket.addEventListener("open", listen);
    socket.addEventListener("message", ({ data }) => {
      listen();
      this.#failures = 0;
      this.dispatchEvent(new CustomEvent("progress", { detail: JSON.parse(data) }));
    });
    socket.addEventListener("close", ({ code }) => {
      clearTimeout(this.#silence);
      if (code !== NO_SUCH_ROOM) setTimeout(() => this.start(), this.#pause());
    });
  }

  /* Jitter: clients must not all reconnect to a restarted server at once. */
  #pause() {
    const longest = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    return longest * (0.5 + Math.random() / 2);
  }
}
