/* Reads QR codes from the phone's camera, each once while it is held in front of it. */

import { decoder } from "./decoder.js";

const LOOK_EVERY_MS = 120;
// A ticket still before the lens after its answer is the same ticket, not a second guest.
const SAME_CODE_MS = 3_000;
const WANTED = {
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
    this.#stream = await navigator.mediaDevices.getUserMedia(WANTED);
    try {
      this.#read ??= await decoder(this.decoderUrl);
      this.video.srcObject = this.#stream;
      await this.video.play();
    } catch (error) {
      this.stop();
      throw error;
    }
    // A phone that slept or took a call may have taken the camera away.
    const [track] = this.#stream.getVideoTracks();
    track.addEventListener("ended", () => this.dispatchEvent(new Event("lost")), { once: true });
    this.#look();
    // Nobody wants to unlock the phone for each guest; where it cannot be kept awake, it sleeps.
    navigator.wakeLock?.request("screen").catch(() => {});
  }

  stop() {
    clearTimeout(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
  }

  async #look() {
    const stream = this.#stream;
    if (!document.hidden && this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
      const code = await this.#read(this.video).catch(() => "");
      if (stream !== this.#stream) return;
      if (code) this.#seen(code);
    }
    this.#timer = setTimeout(() => this.#look(), LOOK_EVERY_MS);
  }

  #seen(code) {
    const now = performance.now();
    const isSame = code === this.#last.code && now - this.#last.seenAt < SAME_CODE_MS;
    this.#last = { code, seenAt: now };
    if (!isSame) this.dispatchEvent(new CustomEvent("code", { detail: code }));
  }
}
