/* The seat map page: joins the drawing, the live feed, the visitor's hold and the panel. */

import { Countdown } from "../countdown.js";
import { ServerClock } from "../clock.js";
import { SeatFeed } from "./feed.js";
import { HoldSession } from "./hold.js";
import { walkWithKeys } from "./keyboard.js";
import { SeatMap } from "./map.js";
import { fill, Notice } from "./notice.js";
import { showPanel } from "./panel.js";
import { explain } from "./refusal.js";
import { SeatStore } from "./store.js";
import { Zoom } from "./zoom.js";

const page = document.querySelector("[data-seat-page]");
const { words, seats, held } = JSON.parse(
  document.getElementById("seat-page-data").textContent,
);
const notice = new Notice(
  page.querySelector("[data-notice]"), page.querySelector("[data-whisper]"),
);
const clock = new ServerClock(held.server_time);
const store = new SeatStore(seats);
const hold = new HoldSession({
  showtime: page.dataset.showtime,
  holdUrl: page.dataset.holdUrl,
  releaseUrl: page.dataset.releaseUrl,
  held,
  clock,
});
const feed = new SeatFeed({
  url: page.dataset.feedUrl, statusesUrl: page.dataset.statusesUrl, store,
});
const svg = page.querySelector("[data-seat-map]");
const map = new SeatMap(svg, { store, hold, words });
const zoom = new Zoom(page.querySelector("[data-zoom-frame]"));
const countdown = new Countdown(clock);

function toggle(seat) {
  const id = Number(seat.dataset.seat);
  const status = map.shownStatus(id);
  if (status === "pending") return;
  if (!["available", "mine"].includes(status)) {
    notice.say(`${seat.dataset.name}, ${words.status[status]}`);
  } else if (!navigator.onLine) notice.show(words.offline, { tone: "danger" });
  else if (hold.held.is_sealed) notice.show(words.sealed);
  else if (status === "mine") hold.release([id]);
  else if (hold.held.seats.length >= Number(page.dataset.seatsMax)) notice.show(words.tooMany);
  else hold.take([id]);
}

function showHold(data = hold.held) {
  showPanel(page, data);
  if (data.expires_at) countdown.until(data.expires_at);
  else countdown.stop();
}

hold.addEventListener("pending", ({ detail: ids }) => map.draw(ids));
hold.addEventListener("change", ({ detail: { before, after } }) => {
  const left = before.filter((id) => !after.includes(id));
  // Ours no more means open again, until the feed knows better.
  store.assume(left.filter((id) => store.status(id) === "held"), "available");
  store.assume(after.filter((id) => store.status(id) === "available"), "held");
  map.draw();
  showHold();
  const [taken] = after.filter((id) => !before.includes(id));
  if (taken) notice.hide();
  if (taken || left.length) notice.say(fill(words.chosen, { count: after.length, total: hold.held.total }));
});
hold.addEventListener("refused", ({ detail: { error } }) => {
  explain(error, { notice, hold, feed, store, words });
});
store.addEventListener("change", ({ detail: ids }) => {
  map.draw(ids);
  // A seat of ours that is held no more: paid, released or over in another window.
  if (ids.some((id) => hold.has(id) && store.status(id) !== "held")) hold.refresh();
});
countdown.addEventListener("mark", ({ detail: seconds }) => notice.say(fill(words.left, { seconds })));
countdown.addEventListener("over", () => {
  hold.forget();
  notice.show(words.over, { tone: "warning" });
});
feed.addEventListener("state", ({ detail: state }) => {
  const light = page.querySelector("[data-feed-state]");
  if (light.dataset.feedState === state) return;
  light.dataset.feedState = state;
  light.querySelector("[data-feed-text]").textContent = words.feed[state];
});

svg.addEventListener("click", (event) => {
  const seat = event.target.closest("[data-seat]");
  if (seat) {
    keys.focus(seat);
    toggle(seat);
  }
});
const keys = walkWithKeys(svg, toggle);
page.addEventListener("click", (event) => {
  const button = event.target.closest("[data-zoom], [data-drop-seat]");
  if (button?.dataset.zoom === "fit") zoom.fit();
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

function lookAgain() {
  hold.refresh();
  feed.refetch();
}
addEventListener("pageshow", (event) => {
  if (event.persisted) { feed.start(); lookAgain(); }
});
addEventListener("pagehide", () => feed.stop());
addEventListener("online", () => { notice.hide(); feed.start(); lookAgain(); });
addEventListener("offline", () => notice.show(words.offline, { tone: "danger" }));
document.addEventListener("visibilitychange", () => { if (!document.hidden) lookAgain(); });

map.draw();
showHold();
feed.start();
