/* The seat map page: joins the drawing, the live feed, the visitor's hold and the panel. */

import { ServerClock } from "../clock.js";
import { Countdown } from "../countdown.js";
import { SeatFeed } from "./feed.js";
import { HoldSession } from "./hold.js";
import { walkWithKeys } from "./keyboard.js";
import { SeatMap } from "./map.js";
import { fill, Notice } from "./notice.js";
import { showPanel } from "./panel.js";
import { watchPresence } from "./presence.js";
import { explain } from "./refusal.js";
import { drawAnewFor } from "./reload.js";
import { SeatStore } from "./store.js";
import { Zoom } from "./zoom.js";

const page = document.querySelector("[data-seat-page]");
const { showtime, holdUrl, releaseUrl, statusesUrl, feedUrl, seatsMax } = page.dataset;
const { words, seats, held } = JSON.parse(document.getElementById("seat-page-data").textContent);
const svg = page.querySelector("[data-seat-map]");
const light = page.querySelector("[data-feed-state]");

const clock = new ServerClock(held.server_time);
const store = new SeatStore(seats);
const hold = new HoldSession({ showtime, holdUrl, releaseUrl, held, clock });
const feed = new SeatFeed({ url: feedUrl, statusesUrl, store });
const map = new SeatMap(svg, { store, hold, words });
const countdown = new Countdown(clock);
const zoom = new Zoom(page.querySelector("[data-zoom-frame]"));
const notice = new Notice(
  page.querySelector("[data-notice]"),
  page.querySelector("[data-whisper]"),
);
const keys = walkWithKeys(svg, toggle);

function toggle(seat) {
  const id = Number(seat.dataset.seat);
  const status = map.shownStatus(id);
  if (status === "pending") return;
  if (!["available", "mine"].includes(status)) notice.show(seat.getAttribute("aria-label"));
  else if (!navigator.onLine) notice.show(words.offline, { tone: "danger" });
  else if (hold.held.is_sealed) notice.show(words.sealed);
  else if (status === "mine") hold.release([id]);
  else if (hold.held.seats.length >= Number(seatsMax)) notice.show(words.tooMany);
  else hold.take([id]);
}

function showHold() {
  showPanel(page, hold.held);
  if (hold.held.expires_at) countdown.until(hold.held.expires_at);
  else countdown.stop();
}

hold.addEventListener("pending", ({ detail: ids }) => map.draw(ids));
hold.addEventListener("change", ({ detail: { before, after } }) => {
  const gone = before.filter((id) => !after.includes(id));
  const isMore = after.some((id) => !before.includes(id));
  // Ours no more means open again, until the feed knows better.
  store.assume(
    gone.filter((id) => store.status(id) === "held"),
    "available",
  );
  store.assume(
    after.filter((id) => store.status(id) === "available"),
    "held",
  );
  map.draw();
  showHold();
  if (isMore) notice.hide();
  if (isMore || gone.length) {
    notice.say(fill(words.chosen, { count: after.length, total: hold.held.total }));
  }
});
hold.addEventListener("refused", ({ detail: { error } }) => {
  explain(error, { notice, hold, feed, store, words });
});
store.addEventListener("change", ({ detail: ids }) => {
  map.draw(ids);
  // A seat of ours that is held no more: paid, released or over in another window.
  if (ids.some((id) => hold.has(id) && store.status(id) !== "held")) hold.refresh();
});
feed.addEventListener("state", ({ detail: state }) => {
  if (light.dataset.feedState === state) return;
  light.dataset.feedState = state;
  light.querySelector("[data-feed-text]").textContent = words.feed[state];
});
countdown.addEventListener("mark", ({ detail: seconds }) => {
  notice.say(fill(words.left, { seconds }));
});
countdown.addEventListener("over", () => {
  hold.forget();
  notice.show(words.over);
});

page.addEventListener("click", (event) => {
  const seat = event.target.closest("[data-seat]");
  const button = event.target.closest("[data-zoom], [data-drop-seat]");
  if (seat) {
    keys.focus(seat);
    toggle(seat);
  } else if (button?.dataset.zoom === "fit") zoom.fit();
  else if (button?.dataset.zoom) zoom.by(Number(button.dataset.zoom));
  else if (button) {
    event.preventDefault();
    hold.release([Number(button.dataset.dropSeat)]);
  }
});
page.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-release-all]")) return;
  event.preventDefault();
  hold.releaseAll();
});
drawAnewFor(store, showtime);
watchPresence({ hold, feed, notice, words });

map.draw();
showHold();
feed.start();
