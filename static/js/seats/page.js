/* The seat map page: connects the map, the live feed, the visitor's hold and the panel. */

import { ServerClock } from "../clock.js";
import { Countdown } from "../countdown.js";
import { showError } from "./errors.js";
import { SeatFeed } from "./feed.js";
import { SeatForms } from "./forms.js";
import { HoldSession } from "./hold.js";
import { enableArrowKeys } from "./keyboard.js";
import { reloadOnLayoutChange } from "./layout-change.js";
import { watchLifecycle } from "./lifecycle.js";
import { SeatMap } from "./map.js";
import { MiniMap } from "./mini-map.js";
import { interpolate, Notice } from "./notice.js";
import { showPanel } from "./panel.js";
import { showSaleLabel } from "./sale-label.js";
import { SeatStore } from "./store.js";
import { tap } from "./tap.js";
import { Zoom } from "./zoom.js";

const page = document.querySelector("[data-seat-page]");
const { showtime, holdUrl, releaseUrl, statusesUrl, feedUrl, seatsMax } = page.dataset;
const data = JSON.parse(document.getElementById("seat-page-data").textContent);
const { messages, seats, held, sale_labels: saleLabels } = data;
const svg = page.querySelector("[data-seat-map]");
const connectionStatus = page.querySelector("[data-feed-state]");

const clock = new ServerClock(held.server_time);
const store = new SeatStore(seats);
const hold = new HoldSession({ showtime, holdUrl, releaseUrl, held, clock });
const feed = new SeatFeed({ url: feedUrl, statusesUrl, store });
const map = new SeatMap(svg, { store, hold, messages });
const countdown = new Countdown(clock);
const frame = page.querySelector("[data-zoom-frame]");
const zoom = new Zoom(frame);
const miniMap = new MiniMap(page.querySelector("[data-mini-map]"), { frame, map });
const notice = new Notice(
  page.querySelector("[data-notice]"),
  page.querySelector("[data-whisper]"),
);
const toggle = (seat) => tap(seat, { map, hold, notice, messages, seatsMax: Number(seatsMax) });
const arrowKeys = enableArrowKeys(svg, toggle);
const forms = new SeatForms(page, { hold, map });

function showHold() {
  showPanel(page, hold.held);
  if (hold.held.expires_at) countdown.until(hold.held.expires_at);
  else countdown.stop();
}

hold.addEventListener("pending", ({ detail: ids }) => map.draw(ids));
hold.addEventListener("change", ({ detail: { before, after, isUserAction } }) => {
  const gone = before.filter((id) => !after.includes(id));
  const isMore = after.some((id) => !before.includes(id));
  // A released seat is assumed available until the feed reports otherwise.
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
  if (sameSeats) sameSeats.hidden = after.length > 0;
  if (isMore && isUserAction) notice.hide();
  if (hold.held.message) notice.show(hold.held.message, { tone: "info" });
  const chosen = { count: after.length, total: hold.held.total };
  // Paid, perhaps in another browser: the panel names the booking.
  const paid = page.querySelector("[data-panel] [data-paid-text]")?.textContent.trim();
  if (paid) notice.hide();
  if (isMore || gone.length) notice.announce(paid ?? interpolate(messages.chosen, chosen));
});
hold.addEventListener("refused", ({ detail: { error } }) => {
  showError(error, { notice, hold, feed, store, messages, forms, page });
});
const sameSeats = page.querySelector("[data-same-seats]");
const soldOut = page.querySelector("[data-sold-out]");
store.addEventListener("change", ({ detail: ids }) => {
  map.draw(ids);
  if (soldOut) soldOut.hidden = store.available > 0 || hold.held.seats.length > 0;
  // One of the visitor's seats is no longer held: paid, released or expired in another window.
  if (ids.some((id) => hold.has(id) && store.status(id) !== "held")) hold.refresh();
});
feed.addEventListener("availability", ({ detail }) => {
  showSaleLabel(page.querySelector("[data-sale-label]"), saleLabels, detail);
});
feed.addEventListener("state", ({ detail: state }) => {
  if (connectionStatus.dataset.feedState === state) return;
  connectionStatus.dataset.feedState = state;
  connectionStatus.querySelector("[data-feed-text]").textContent = messages.feed[state];
});
countdown.addEventListener("mark", ({ detail: seconds }) => {
  const text = interpolate(messages.left, { seconds });
  if (!hold.held.is_extendable) notice.announce(text);
  else {
    const run = () => hold.submit(page.dataset.extendUrl, {});
    notice.show(text, { actions: [{ label: messages.moreTime, run }] });
  }
});
countdown.addEventListener("over", () => {
  const lost = hold.seatIds;
  hold.expire();
  const run = () => hold.add(lost);
  notice.show(messages.over, { actions: [{ label: messages.sameSeats, run }] });
});

page.addEventListener("click", (event) => {
  const seat = event.target.closest("[data-seat]");
  const button = event.target.closest("[data-zoom], [data-drop-seat]");
  if (seat && zoom.isTooSmallToTap && ["touch", "pen"].includes(event.pointerType)) {
    zoom.to(event.clientX, event.clientY);
  } else if (seat) {
    arrowKeys.focus(seat);
    toggle(seat);
  } else if (button?.dataset.zoom === "fit") zoom.fit();
  else if (button?.dataset.zoom) zoom.by(Number(button.dataset.zoom));
  else if (button) {
    event.preventDefault();
    hold.release([Number(button.dataset.dropSeat)]);
  }
});
reloadOnLayoutChange(store, showtime);
watchLifecycle({ hold, feed, notice, messages });

map.draw();
map.addEventListener("draw", () => miniMap.update());
miniMap.update();
showHold();
feed.start();
for (const seat of globalThis.initialSeatMap.takeTaps(frame)) toggle(seat);
