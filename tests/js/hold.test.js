import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { NetworkError } from "../../static/js/api.js";
import { recorded } from "./fakes.js";
import { TestServer } from "./server.js";

// Real channels, closed after each test, so that tests do not receive messages of others.
const channels = [];
const RealChannel = globalThis.BroadcastChannel;
globalThis.BroadcastChannel = class extends RealChannel {
  constructor(name) {
    super(name);
    channels.push(this);
  }
};
const { HoldSession } = await import("../../static/js/seats/hold.js");

let server;
let clock;
let hold;

const held = (...ids) => ({
  hold_id: ids.length ? "h1" : null,
  seats: ids.map((id) => ({ id })),
  expires_at: ids.length ? "2026-03-01T12:10:00Z" : null,
  server_time: "2026-03-01T12:00:00Z",
});

function newHold({ ids = [], showtime = "11" } = {}) {
  return new HoldSession({
    showtime,
    holdUrl: server.url("/hold"),
    releaseUrl: server.url("/release"),
    held: held(...ids),
    clock,
  });
}

before(async () => {
  server = await TestServer.start();
});
beforeEach(() => {
  server.requests.length = 0;
  globalThis.document = { cookie: "csrftoken=token" };
  clock = { synced: [], sync: (time) => clock.synced.push(time) };
  hold = newHold();
});
afterEach(() => {
  for (const channel of channels.splice(0)) channel.close();
});
after(() => server.stop());

const asked = () => server.requests.map(({ method, url, body }) => [method, url, body]);

test("a tap sends a request and its response becomes the hold", async () => {
  const changes = recorded(hold, "change");
  server.answer({ body: held(7) });

  await hold.add([7]);

  assert.deepEqual(asked(), [["POST", "/hold", { seats: [7] }]]);
  assert.deepEqual([hold.seatIds, hold.has(7), hold.has(8)], [[7], true, false]);
  assert.deepEqual(changes, [{ before: [], after: [7], isUserAction: true }]);
  assert.deepEqual(clock.synced, ["2026-03-01T12:00:00Z"]);
});

test("a seat is pending from the tap until the response", async () => {
  const pending = recorded(hold, "pending");
  server.answer({ body: held(7) });

  const answer = hold.add([7]);
  assert.deepEqual([[...hold.pending], pending], [[7], [[7]]]);
  await answer;

  assert.deepEqual([...hold.pending], []);
});

test("a second tap on a pending seat sends no request", async () => {
  server.answer({ body: held(7) });

  await Promise.all([hold.add([7]), hold.add([7])]);

  assert.deepEqual(asked(), [["POST", "/hold", { seats: [7] }]]);
});

test("taps are sent one at a time, in order", async () => {
  let letGo;
  const until = new Promise((resolve) => {
    letGo = resolve;
  });
  server.answer({ body: held(7), until }, { body: {} }, { body: held(7, 8) }, { body: held(8) });

  const answers = [hold.add([7]), hold.add([8]), hold.release([9])];
  while (!server.requests.length) await new Promise(setImmediate);
  // Whatever was sent together with the first tap has arrived before this.
  await fetch(server.url("/arrived"));
  assert.deepEqual(asked(), [
    ["POST", "/hold", { seats: [7] }],
    ["GET", "/arrived", ""],
  ]);
  letGo();
  await Promise.all(answers);

  assert.deepEqual(asked(), [
    ["POST", "/hold", { seats: [7] }],
    ["GET", "/arrived", ""],
    ["POST", "/hold", { seats: [8] }],
    ["POST", "/release", { seats: [9] }],
  ]);
  assert.deepEqual(hold.seatIds, [8]);
});

test("a refused tap is reported, leaves the hold unchanged, and the next tap is sent", async () => {
  hold = newHold({ ids: [1] });
  const [changes, refusals, pending] = ["change", "refused", "pending"].map((type) =>
    recorded(hold, type),
  );
  server.answer({ status: 409, body: { code: "seat_taken" } }, { body: held(1, 8) });

  await Promise.all([hold.add([7]), hold.add([8])]);

  assert.deepEqual(
    refusals.map(({ error, ids }) => [error.code, ids]),
    [["seat_taken", [7]]],
  );
  assert.deepEqual(pending, [[7], [8], [7]]);
  assert.deepEqual(changes, [{ before: [1], after: [1, 8], isUserAction: true }]);
  assert.deepEqual([...hold.pending], []);
});

test("a tap without a response is reported as a network error", async () => {
  const refusals = recorded(hold, "refused");
  server.answer(null);

  await hold.add([7]);

  assert.equal(refusals.length, 1);
  assert.ok(refusals[0].error instanceof NetworkError);
});

test("a failed refresh is not reported", async () => {
  const refusals = recorded(hold, "refused");
  server.answer(null);

  await hold.refresh();

  assert.deepEqual([asked(), refusals], [[["GET", "/hold", ""]], []]);
});

test("all seats are released with one request", async () => {
  hold = newHold({ ids: [7, 8] });
  const changes = recorded(hold, "change");
  server.answer({ body: held() });

  await hold.releaseAll();

  assert.deepEqual(asked(), [["POST", "/release", {}]]);
  assert.deepEqual(changes, [{ before: [7, 8], after: [], isUserAction: true }]);
});

test("an expired hold is emptied without a request", () => {
  hold = newHold({ ids: [7] });
  const changes = recorded(hold, "change");

  hold.expire();

  assert.deepEqual([asked(), changes], [[], [{ before: [7], after: [], isUserAction: true }]]);
  assert.deepEqual([hold.held.hold_id, hold.held.expires_at], [null, null]);
});

test("only the other tabs of the same showtime refresh", { timeout: 10_000 }, async () => {
  const sameShowtime = newHold();
  newHold({ showtime: "12" });
  const nextRefresh = () =>
    new Promise((resolve) => {
      sameShowtime.addEventListener("change", resolve, { once: true });
    });
  server.answer({ body: held(7) }, { body: held(7) }, { body: held(7, 8) }, { body: held(7, 8) });

  // Twice: when the second message has come, the first has reached every tab.
  for (const id of [7, 8]) {
    const refreshed = nextRefresh();
    await hold.add([id]);
    await refreshed;
  }

  assert.deepEqual(asked(), [
    ["POST", "/hold", { seats: [7] }],
    ["GET", "/hold", ""],
    ["POST", "/hold", { seats: [8] }],
    ["GET", "/hold", ""],
  ]);
  assert.deepEqual(sameShowtime.seatIds, [7, 8]);
});
