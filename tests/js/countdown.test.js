import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Countdown, formatClock } from "../../static/js/countdown.js";
import { FakeElement, FakeTimers, recorded } from "./fakes.js";

const STARTS_AT = Date.parse("2026-03-01T12:00:00Z");
const at = (seconds) => new Date(STARTS_AT + seconds * 1000).toISOString();

let text;
let element;
let clock;
let countdown;
let timers;

beforeEach((t) => {
  text = new FakeElement();
  element = new FakeElement({ children: { "[data-countdown-text]": text } });
  globalThis.document = new FakeElement({ children: { "[data-countdown]": element } });
  clock = { ms: STARTS_AT, now: () => clock.ms };
  countdown = new Countdown(clock);
  timers = FakeTimers.install(t);
});

/* Lets the clock and the timers run on, in steps of a quarter of a second. */
function run(seconds) {
  for (let step = 0; step < seconds * 4; step += 1) {
    clock.ms += 250;
    timers.tick(250);
  }
}

const shown = () => [text.textContent, element.dataset.state];

test("seconds are formatted as minutes and seconds", () => {
  const cases = { 0: "0:00", 9: "0:09", 60: "1:00", 605: "10:05" };
  for (const [seconds, written] of Object.entries(cases)) {
    assert.equal(formatClock(Number(seconds)), written);
  }
});

test("seconds are rounded up and never negative", () => {
  countdown.until(at(90));
  clock.ms += 100;
  assert.equal(countdown.seconds, 90);
  clock.ms += 900;
  assert.equal(countdown.seconds, 89);
  clock.ms += 200_000;
  assert.equal(countdown.seconds, 0);
});

test("every countdown of the page shows the time left and its urgency", () => {
  countdown.until(at(61));
  assert.deepEqual(shown(), ["1:01", "calm"]);
  run(1);
  assert.deepEqual(shown(), ["1:00", "calm"]);
  run(1);
  assert.deepEqual(shown(), ["0:59", "soon"]);
});

test("60 and 30 seconds are announced once each", () => {
  const marks = recorded(countdown, "mark");
  countdown.until(at(62));

  run(61);

  assert.deepEqual(marks, [60, 30]);
});

test("a countdown that starts below a mark does not announce it", () => {
  const marks = recorded(countdown, "mark");
  countdown.until(at(45));

  run(10);

  assert.deepEqual(marks, []);
});

test("a tab that was suspended past both marks announces only the first", () => {
  const marks = recorded(countdown, "mark");
  countdown.until(at(120));

  clock.ms += 100_000;
  timers.tick(250);

  assert.deepEqual(marks, [60]);
});

test("the end is reported once and stops the countdown", () => {
  const ends = recorded(countdown, "over");
  countdown.until(at(2));

  run(5);

  assert.deepEqual([ends, shown()], [[null], ["0:00", "over"]]);
});

test("an end in the past is reported at once", () => {
  const ends = recorded(countdown, "over");

  countdown.until(at(-5));

  assert.deepEqual([ends, shown()], [[null], ["0:00", "over"]]);
});

test("a stopped countdown reports nothing more", () => {
  const ends = recorded(countdown, "over");
  countdown.until(at(2));
  countdown.stop();

  run(5);

  assert.deepEqual([ends, shown()], [[], ["0:02", "soon"]]);
});

test("a new end replaces the previous one and its marks are announced again", () => {
  const marks = recorded(countdown, "mark");
  const ends = recorded(countdown, "over");
  countdown.until(at(61));
  run(2);

  countdown.until(at(63));
  run(2);

  assert.deepEqual([marks, ends, shown()], [[60, 60], [], ["0:59", "soon"]]);
  run(65);
  assert.deepEqual([marks, ends, shown()], [[60, 60, 30], [null], ["0:00", "over"]]);
});
