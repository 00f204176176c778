import assert from "node:assert/strict";
import { test } from "node:test";

process.env.TZ = "Asia/Jakarta";
const { ownTime } = await import("../../static/js/own-time.js");

test("nothing is shown where the clocks agree", () => {
  assert.equal(ownTime("2026-11-28T00:15:00+07:00", "en"), "");
});

test("another clock on the same day gives the hour", () => {
  assert.equal(ownTime("2026-11-28T19:30:00+09:00", "en"), "17:30");
});

test("another clock on another day names the day", () => {
  assert.equal(ownTime("2026-11-28T00:15:00+09:00", "en"), "Fri 22:15");
  assert.equal(ownTime("2026-11-27T20:00:00Z", "id"), "Sab 03:00");
});
