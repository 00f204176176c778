import assert from "node:assert/strict";
import { test } from "node:test";

import { Queue } from "../../static/js/waiting-room/queue.js";

const room = (fields) => ({ phase: "open", called: 100, waiting: 50, ...fields });
const place = (fields, ofRoom) => ({
  state: "waiting",
  check_seconds: 30,
  ahead: 20,
  room: room(ofRoom),
  ...fields,
});

function queueWith(fields, ofRoom) {
  const queue = new Queue({ state: "waiting", checkSeconds: 30 });
  queue.read(place(fields, ofRoom));
  return queue;
}

test("the number ahead falls by who was called since", () => {
  const queue = queueWith();

  assert.deepEqual(
    [100, 105, 120, 300, 90].map((called) => queue.aheadAt(called)),
    [20, 15, 0, 0, 20],
  );
});

test("the place is asked for once nobody is ahead", () => {
  const queue = queueWith();

  assert.equal(queue.advance(room({ called: 119 })), null);
  assert.ok(queue.advance(room({ called: 120 })) <= 500);
});

test("everybody asks at the opening, spread over time", () => {
  const queue = queueWith({ ahead: null }, { phase: "before", called: 0 });

  const delays = Array.from({ length: 50 }, () => {
    queue.read(place({ ahead: null }, { phase: "before" }));
    return queue.advance(room({ waiting: 100_000 }));
  });

  assert.ok(Math.max(...delays) > 5_000 && Math.max(...delays) <= 30_000);
});

test("a called place ignores the progress of others", () => {
  const queue = queueWith({ state: "called", ahead: 0 });

  assert.equal(queue.advance(room({ phase: "sold_out" })), null);
});
