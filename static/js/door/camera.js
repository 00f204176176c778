/* Reads QR codes from the camera and reports each once while it stays in view. */

import { decoder } from "./decoder.js";

const SCAN_EVERY_MS = 120;
// The same code still in view after its result is the same ticket, not a second guest.
const SAME_CODE_MS = 3_000;
const CONSTRAINTS = {
  audio: false,
  video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 960 } },
};

export class Camera extends EventTarget {
  #stream = null;
  #timer = null;
  #read = null;
  #last = { code: "", seenAt: -Infinity };

  constructor(video, decoderUrl) {
    super();
    Object.assign(this, { video, decoderUrl });
  }

  async start() {
    this.stop();
    this.#stream = await navigator.mediaDevices.getUserMedia(CONSTRAINTS);
    try {
      this.#read ??= await decoder(this.decoderUrl);
      this.video.srcObject = this.#stream;
      await this.video.play();
    } catch (error) {
      this.stop();
      throw error;
    }
    // Sleep or a phone call may end the camera stream.
    const [track] = this.#stream.getVideoTracks();
    track.addEventListener("ended", () => this.dispatchEvent(new Event("lost")), { once: true });
    this.#scan();
    // Keeps the screen on between guests where the browser supports it.
    navigator.wakeLock?.request("screen").catch(() => {});
  }

  stop() {
    clearTimeout(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
  }

  async #scan() {
    const stream = this.#stream;
    if (!document.hidden && this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
      const code = await this.#read(this.video).catch(() => "");
      if (stream !== this.#stream) return;
      if (code) this.#report(code);
    }
    this.#timer = setTimeout(() => this.#scan(), SCAN_EVERY_MS);
  }

  #report(code) {
    const now = performance.now();
    const isSame = code === this.#last.code && now - this.#last.seenAt < SAME_CODE_MS;
    this.#last = { code, seenAt: now };
    if (!isSame) this.dispatchEvent(new CustomEvent("code", { detail: code }));
  }
}
