import assert from "node:assert/strict";
import { test } from "node:test";

import { ScanQueue, WAITING_MAX } from "../../static/js/door/queue.js";

/** A queue whose checks end when the test says so. */
function slowQueue() {
  const checked = [];
  const counts = [];
  const ends = [];
  const queue = new ScanQueue(
    (scan) => {
      checked.push(scan);
      return new Promise((resolve) => ends.push(resolve));
    },
    (count) => counts.push(count),
  );
  return { queue, checked, counts, end: () => ends.shift()() };
}

test("scans during a check wait and are checked in order", async () => {
  const { queue, checked, counts, end } = slowQueue();

  const added = ["a", "b", "c"].map((scan) => queue.add(scan));
  assert.deepEqual(checked, ["a"]);
  end();
  await new Promise(setImmediate);
  assert.deepEqual(checked, ["a", "b"]);
  end();
  await added[1].done;
  await new Promise(setImmediate);
  end();
  await added[0].done;

  assert.deepEqual(
    added.map(({ outcome }) => outcome),
    ["started", "queued", "queued"],
  );
  assert.deepEqual(checked, ["a", "b", "c"]);
  assert.deepEqual(counts, [1, 2, 1, 0, 0]);
  assert.equal(queue.isBusy, false);
});

test("a full queue refuses a scan and says so", () => {
  const { queue } = slowQueue();
  queue.add("first");
  for (let number = 0; number < WAITING_MAX; number += 1) {
    assert.equal(queue.add(number).outcome, "queued");
  }

  assert.equal(queue.add("one too many").outcome, "full");
});
