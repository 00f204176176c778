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

  assert.ok(Math.max(...delays) > 30_000 && Math.max(...delays) <= 90_000);
});

test("whether seats are free is no reason to ask", () => {
  const queue = queueWith();

  const delays = ["sold_out", "open", "sold_out"].map((phase) => queue.advance(room({ phase })));

  assert.deepEqual(delays, [null, null, null]);
});

test("everybody asks once a room closes, spread over time", () => {
  const delays = Array.from({ length: 50 }, () =>
    queueWith().advance(room({ phase: "closed", waiting: 10_000 })),
  );

  assert.ok(Math.max(...delays) > 5_000 && Math.max(...delays) <= 20_500);
});

test("with live progress a page asks rarely, except near the front", () => {
  const far = queueWith({ ahead: 5_000, check_seconds: 5 });
  const near = queueWith({ ahead: 150, check_seconds: 5 });
  const turn = queueWith({ state: "called", ahead: 0, check_seconds: 100 });

  assert.deepEqual(
    [
      far.pauseSeconds({ isLive: true, called: 100 }),
      far.pauseSeconds({ isLive: false, called: 100 }),
      near.pauseSeconds({ isLive: true, called: 100 }),
      near.pauseSeconds({ isLive: true, called: 150 }),
      turn.pauseSeconds({ isLive: true, called: 100 }),
    ],
    [90, 5, 90, 5, 100],
  );
});

test("a called place ignores the progress of others", () => {
  const queue = queueWith({ state: "called", ahead: 0 });

  assert.equal(queue.advance(room({ phase: "sold_out" })), null);
});
