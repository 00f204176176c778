/* The check-in page: submits one ticket after the other and shows the server's result for each.
 *
 * Without this script the plain form works and shows the same result. */

import { Camera } from "./camera.js";
import { enableSound, playFeedback } from "./feedback.js";
import { ScanQueue } from "./queue.js";

const COUNT_EVERY_MS = 10_000;
const TIMEOUT_MS = 10_000;

const door = document.querySelector("[data-door]");
const showtime = door.querySelector("[data-read] [name=showtime]").value;
const typed = door.querySelector(".door-typed");
const start = door.querySelector("[data-start]");
const viewfinder = door.querySelector("[data-camera]");
const camera = new Camera(door.querySelector("[data-video]"), door.dataset.decoder);
const waiting = door.querySelector("[data-waiting]");
const queue = new ScanQueue(read, (count) => {
  waiting.hidden = count === 0;
  waiting.textContent = waiting.dataset.text.replace("{count}", count);
});

async function parts(options = {}) {
  const here = `${location.pathname}?showtime=${showtime}`;
  const response = await fetch(here, {
    ...options,
    headers: { "X-Part": "answer" },
    credentials: "same-origin",
    cache: "no-store",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // Signed out: the reloaded page asks to sign in.
  if (response.redirected) location.reload();
  const holder = document.createElement("template");
  holder.innerHTML = await response.text();
  return holder.content;
}

function place(fresh) {
  const name = fresh.matches("[data-answer]") ? "[data-answer]" : "[data-count]";
  door.querySelector(name).replaceWith(fresh);
}

function show(answer) {
  answer.dataset.fresh = "";
  place(answer);
  playFeedback(answer.dataset.outcome);
}

async function read(body) {
  door.dataset.busy = "";
  let answer = null;
  try {
    const content = await parts({ method: "POST", body });
    answer = content.querySelector("[data-answer]");
    const count = content.querySelector("[data-count]");
    if (count) place(count);
  } catch {
    // Whether the ticket was admitted is unknown until it is scanned again.
  }
  answer ??= document.querySelector("[data-no-answer]").content.firstElementChild.cloneNode(true);
  show(answer);
  delete door.dataset.busy;
}

/** Checks a scan now, or queues it with a tick; a full queue refuses it audibly. */
function submit(body) {
  const { outcome, done } = queue.add(body);
  if (outcome !== "started") playFeedback(outcome);
  return done;
}

async function refreshCount() {
  if (document.hidden || queue.isBusy) return;
  try {
    const count = (await parts()).querySelector("[data-count]");
    if (count && !queue.isBusy) place(count);
  } catch {
    // The count stays unchanged.
  }
}

async function startCamera() {
  try {
    await camera.start();
    viewfinder.hidden = false;
    start.hidden = true;
    door.querySelector("[data-no-camera]").hidden = true;
  } catch {
    door.querySelector("[data-no-camera]").hidden = false;
  }
}

function stopCamera() {
  camera.stop();
  viewfinder.hidden = true;
  start.hidden = false;
  start.focus();
}

door.addEventListener("submit", async (event) => {
  if (!event.target.matches("[data-read]")) return;
  event.preventDefault();
  enableSound();
  const checked = submit(new FormData(event.target, event.submitter));
  // With a keyboard or hand scanner the field keeps focus; on a phone the keyboard stays closed.
  const field = typed.elements.code;
  field.value = "";
  await checked;
  if (event.target === typed && matchMedia("(pointer: fine)").matches) field.focus();
});

camera.addEventListener("code", ({ detail }) => {
  const body = new FormData(typed);
  body.set("code", detail);
  submit(body);
});

start.addEventListener("click", () => {
  enableSound();
  startCamera();
});
camera.addEventListener("lost", stopCamera);
door.querySelector("[data-stop]").addEventListener("click", stopCamera);
document.addEventListener("visibilitychange", refreshCount);
setInterval(refreshCount, COUNT_EVERY_MS);
start.hidden = !navigator.mediaDevices?.getUserMedia;
