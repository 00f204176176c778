import assert from "node:assert/strict";
import { test } from "node:test";

import { ServerClock } from "../../static/js/clock.js";

test("the server's clock advances with the monotonic clock, independent of the wall clock", (t) => {
  let elapsedMs = 1_000;
  t.mock.method(performance, "now", () => elapsedMs);
  const clock = new ServerClock("2026-03-01T12:00:00Z");

  t.mock.method(Date, "now", () => 0);
  elapsedMs += 2_500;

  assert.equal(new Date(clock.now()).toISOString(), "2026-03-01T12:00:02.500Z");
});

test("a later response synchronises the clock again", (t) => {
  let elapsedMs = 0;
  t.mock.method(performance, "now", () => elapsedMs);
  const clock = new ServerClock("2026-03-01T12:00:00Z");

  elapsedMs = 10_000;
  clock.sync("2026-03-01T12:00:09Z");
  elapsedMs = 11_000;

  assert.equal(new Date(clock.now()).toISOString(), "2026-03-01T12:00:10.000Z");
});
