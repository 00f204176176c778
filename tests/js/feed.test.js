import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { SeatFeed } from "../../static/js/seats/feed.js";
import { SeatStore } from "../../static/js/seats/store.js";
import { FakeTimers, FakeWebSocket, recorded } from "./fakes.js";

let feed;
let requests;
let states;
let store;
let timers;

/* `statuses` is the response to a poll; without it there is no response. */
function setUp(t, statuses) {
  timers = FakeTimers.install(t);
  t.mock.method(Math, "random", () => 1); // the longest possible delay
  t.mock.method(globalThis, "fetch", async (url) => {
    requests.push(url);
    if (!statuses) throw new TypeError("no network");
    return Response.json({ seats: statuses });
  });
  feed.start();
}

/* Lets the promises of a request settle. */
const settled = () => new Promise(setImmediate);

beforeEach(() => {
  FakeWebSocket.opened.length = 0;
  globalThis.WebSocket = FakeWebSocket;
  Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true });
  globalThis.document = { hidden: false, cookie: "" };
  requests = [];
  store = new SeatStore([
    [1, "available", 1],
    [2, "available", 1],
  ]);
  feed = new SeatFeed({ url: "wss://site/feed", statusesUrl: "/statuses", store });
  states = recorded(feed, "state");
});

test("snapshots and changes reach the store without polling", (t) => {
  setUp(t);
  FakeWebSocket.last.accept();

  FakeWebSocket.last.deliver({
    type: "snapshot",
    seats: [
      [1, "sold", 2],
      [2, "available", 1],
    ],
  });
  timers.tick(6_000);
  FakeWebSocket.last.deliver({ type: "delta", seats: [[2, "held", 2]] });

  assert.deepEqual([store.status(1), store.status(2)], ["sold", "held"]);
  assert.deepEqual([states, requests], [["live", "live"], []]);
});

test("the availability is that of the newest state", (t) => {
  setUp(t);
  const seen = recorded(feed, "availability");
  FakeWebSocket.last.accept();

  const snapshot = { type: "snapshot", seats: [], versions: 2, availability: "available" };
  FakeWebSocket.last.deliver(snapshot);
  const delta = { type: "delta", seats: [[1, "held", 2]], availability: "few_together" };
  FakeWebSocket.last.deliver(delta);
  FakeWebSocket.last.deliver(snapshot); // late: it has fewer changes than the store

  assert.deepEqual(
    seen.map(({ availability }) => availability),
    ["available", "few_together"],
  );
});

test("without a socket the statuses are polled every three seconds", async (t) => {
  setUp(t, [[1, "held", 2]]);

  timers.tick(3_000);
  await settled();
  timers.tick(3_000);
  await settled();

  assert.deepEqual([requests, states], [Array(2).fill("/statuses"), ["polling", "polling"]]);
  assert.equal(store.status(1), "held");
});

test("a hidden page does not poll", async (t) => {
  setUp(t, []);
  document.hidden = true;

  timers.tick(9_000);
  await settled();

  assert.deepEqual(requests, []);
});

test("a failed poll sets the state to offline", async (t) => {
  setUp(t);

  timers.tick(3_000);
  await settled();

  assert.deepEqual(states, ["offline"]);
});

test("one refetch at a time", async (t) => {
  setUp(t, []);

  await Promise.all([feed.refetch(), feed.refetch()]);

  assert.deepEqual(requests, ["/statuses"]);
});

test("a heartbeat refetches the statuses only if it disagrees with the store", async (t) => {
  setUp(t, []);
  FakeWebSocket.last.accept();

  FakeWebSocket.last.deliver({ type: "heartbeat", versions: 2, available: 2 });
  assert.deepEqual(requests, []);
  FakeWebSocket.last.deliver({ type: "heartbeat", versions: 3, available: 2 });
  await settled();

  assert.deepEqual(requests, ["/statuses"]);
});

test("a resync message refetches the statuses", async (t) => {
  setUp(t, []);
  FakeWebSocket.last.accept();

  FakeWebSocket.last.deliver({ type: "resync" });
  await settled();

  assert.deepEqual(requests, ["/statuses"]);
});

test("fifteen seconds without a message close the socket and reconnect", (t) => {
  setUp(t, []);
  const first = FakeWebSocket.last;
  first.accept();

  timers.tick(14_999);
  assert.deepEqual([first.readyState, FakeWebSocket.opened.length], [1, 1]);
  timers.tick(1);
  timers.tick(500);

  assert.deepEqual([first.readyState, FakeWebSocket.opened.length], [3, 2]);
});

test("the reconnection delay doubles each time, up to 30 seconds", (t) => {
  setUp(t, []);

  const delays = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
  for (const [count, delay] of delays.entries()) {
    FakeWebSocket.last.close(1006);
    timers.tick(delay - 1);
    assert.equal(FakeWebSocket.opened.length, count + 1);
    timers.tick(1);
    assert.equal(FakeWebSocket.opened.length, count + 2);
  }
});

test("the first frame after a reconnection resets the delay", (t) => {
  setUp(t, []);
  for (const delay of [500, 1_000, 2_000]) {
    FakeWebSocket.last.close(1006);
    timers.tick(delay);
  }
  FakeWebSocket.last.accept();
  FakeWebSocket.last.deliver({ type: "snapshot", seats: [] });

  FakeWebSocket.last.close(1006);
  timers.tick(500);

  assert.equal(FakeWebSocket.opened.length, 5);
});

test("a closed socket sets the state to polling, or offline without a network", (t) => {
  setUp(t, []);

  FakeWebSocket.last.close(1006);
  navigator.onLine = false;
  timers.tick(500);
  FakeWebSocket.last.close(1006);

  assert.deepEqual(states, ["polling", "offline"]);
});

test("a showtime that does not exist is not reconnected", (t) => {
  setUp(t, []);

  FakeWebSocket.last.close(4404);
  timers.tick(60_000);

  assert.equal(FakeWebSocket.opened.length, 1);
});

test("a stopped feed neither polls nor reconnects", async (t) => {
  setUp(t, []);
  FakeWebSocket.last.accept();

  feed.stop();
  timers.tick(60_000);
  await settled();

  assert.deepEqual([requests, FakeWebSocket.opened.length, states], [[], 1, []]);
});
