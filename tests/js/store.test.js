import assert from "node:assert/strict";
import { test } from "node:test";

import { SeatStore } from "../../static/js/seats/store.js";
import { recorded } from "./fakes.js";

const newStore = () =>
  new SeatStore([
    [1, "available", 3],
    [2, "held", 5],
    [3, "sold", 2],
  ]);

const statuses = (store) => [1, 2, 3].map((id) => store.status(id));

test("a store knows the seats it was given", () => {
  const store = newStore();

  assert.deepEqual(statuses(store), ["available", "held", "sold"]);
  assert.deepEqual([store.versions, store.available], [10, 1]);
});

test("a seat that the store does not know is blocked", () => {
  assert.equal(newStore().status(99), "blocked");
});

test("a newer change is applied and reported once", () => {
  const store = newStore();
  const changes = recorded(store, "change");

  store.applyChanges([
    [1, "held", 4],
    [2, "held", 6],
  ]);

  assert.deepEqual(statuses(store), ["held", "held", "sold"]);
  assert.deepEqual([store.versions, store.available], [12, 0]);
  assert.deepEqual(changes, [[1]]);
});

test("repeated and late changes have no effect", () => {
  const store = newStore();
  const changes = recorded(store, "change");

  store.applyChanges([
    [1, "sold", 3],
    [2, "available", 4],
  ]);

  assert.deepEqual(statuses(store), ["available", "held", "sold"]);
  assert.deepEqual([store.versions, changes], [10, []]);
});

test("changes in any order leave the newest status", () => {
  const changes = [
    [1, "held", 4],
    [1, "sold", 5],
    [1, "available", 6],
  ];
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
  ]) {
    const store = newStore();
    for (const place of order) store.applyChanges([changes[place]]);
    assert.deepEqual([store.status(1), store.versions], ["available", 13]);
  }
});

test("an assumption is shown at once and keeps the version", () => {
  const store = newStore();
  const changes = recorded(store, "change");

  store.assume([1, 2, 99], "held");

  assert.deepEqual(statuses(store), ["held", "held", "sold"]);
  assert.deepEqual([store.versions, changes], [10, [[1]]]);
});

test("a snapshot of the same version corrects an assumption, a change does not", () => {
  const store = newStore();
  store.assume([1], "held");

  store.applyChanges([[1, "available", 3]]);
  assert.equal(store.status(1), "held");

  store.applySnapshot([[1, "available", 3]]);
  assert.equal(store.status(1), "available");
});

test("an older snapshot has no effect", () => {
  const store = newStore();

  store.applySnapshot([[2, "available", 4]]);

  assert.deepEqual([store.status(2), store.versions], ["held", 10]);
});

test("a seat of another layout is reported and not added", () => {
  const store = newStore();
  const strangers = recorded(store, "unknown-seat");

  store.applyChanges([[99, "available", 1]]);

  assert.deepEqual([strangers, store.status(99), store.versions], [[null], "blocked", 10]);
});

test("a store disagrees with a later version and with another count of the same version", () => {
  const store = newStore();
  const cases = [
    [{ versions: 10, available: 1 }, false],
    [{ versions: 10, available: 2 }, true],
    [{ versions: 11, available: 1 }, true],
    [{ versions: 9, available: 7 }, false],
  ];
  for (const [frame, expected] of cases) assert.equal(store.disagreesWith(frame), expected);
});
