/* The page of a waiting room: shows the visitor's place, and asks for it again in time. */

import { requestJson } from "../api.js";
import { WaitingFeed } from "./feed.js";
import { Queue } from "./queue.js";

const ASK_AGAIN_SECONDS = 30; // after a failure
const ANNOUNCE_EVERY_MS = 30_000;
// The place was called but the server has not said so yet: ask at most this often.
const HURRY_MS = 3_000;
// Without a frame for so long progress is not live; the server sends one every 5 seconds.
const LIVE_MS = 15_000;
const FORM_TOKEN = /name="csrfmiddlewaretoken" value="[^"]*"/g; // another one in each answer

const page = document.querySelector("[data-waiting-page]");
const panel = page.querySelector("[data-place]");
const announcement = page.querySelector("[data-announcement]");
const { placeUrl, feedUrl, checkSeconds, state } = page.dataset;
const queue = new Queue({ state: state || null, checkSeconds: Number(checkSeconds) });
let timer = null;
let askedAtMs = 0;
let announcedAtMs = performance.now();
let shown = "";
let called = 0;
let liveUntilMs = 0;

function plan(delayMs) {
  clearTimeout(timer);
  if (queue.state) timer = setTimeout(ask, delayMs);
}

function announce(isNews) {
  const text = panel.querySelector("[data-summary]")?.textContent.trim() ?? "";
  const now = performance.now();
  if (!isNews && now - announcedAtMs < ANNOUNCE_EVERY_MS) return;
  if (text === announcement.textContent) return;
  announcedAtMs = now;
  announcement.textContent = text;
}

function controls() {
  return [...panel.querySelectorAll("a, button")];
}

function keyOf(control) {
  return control?.form?.action ?? control?.href ?? null;
}

/* Only if it changed; the focus stays on the same control. */
function replacePanel(html) {
  const news = html.replaceAll(FORM_TOKEN, "");
  if (news === shown) return;
  shown = news;
  const focused = panel.contains(document.activeElement) ? document.activeElement : null;
  panel.innerHTML = html;
  if (!focused) return;
  const same = controls().find((control) => keyOf(control) === keyOf(focused));
  (same ?? panel).focus({ preventScroll: true });
}

function show(document_) {
  const before = queue.state;
  queue.read(document_);
  called = document_.room.called;
  replacePanel(document_.panel);
  const isNews = before !== queue.state;
  announce(isNews);
  const title = panel.querySelector(".notice-title")?.textContent;
  if (isNews && title) document.title = title;
}

async function ask() {
  askedAtMs = performance.now();
  let seconds = ASK_AGAIN_SECONDS;
  try {
    show(await requestJson(placeUrl));
    const isLive = performance.now() < liveUntilMs;
    seconds = queue.pauseSeconds({ isLive, called }) ?? ASK_AGAIN_SECONDS;
  } catch {
    // Offline, or the server is busy: the place is kept.
  }
  plan(seconds * 1000 * (0.9 + Math.random() / 5));
}

function advance(frame) {
  liveUntilMs = performance.now() + LIVE_MS;
  called = frame.called;
  const delayMs = queue.advance(frame);
  const ahead = queue.aheadAt(frame.called);
  const number = panel.querySelector("[data-ahead]");
  if (number && ahead !== null) number.textContent = ahead;
  if (delayMs !== null && performance.now() - askedAtMs > HURRY_MS) {
    askedAtMs = performance.now();
    plan(delayMs);
  }
}

if (queue.state) {
  const feed = new WaitingFeed(feedUrl);
  feed.addEventListener("progress", ({ detail }) => advance(detail));
  feed.start();
  plan(1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) plan(0);
  });
  addEventListener("online", () => plan(0));
}
