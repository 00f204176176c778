import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { enableArrowKeys } from "../../static/js/seats/keyboard.js";
import { FakeElement, fakeEvent } from "./fakes.js";

const SIZE = 10;

let focused;
let plan;
let seats;
let toggled;

function newSeat(name, column, row) {
  const seat = new FakeElement({ dataset: { row: name[0] } });
  seat.closest = () => seat;
  seat.getBoundingClientRect = () => ({
    left: column * SIZE,
    top: row * SIZE,
    width: SIZE,
    height: SIZE,
  });
  seat.scrollIntoView = () => {};
  seat.focus = () => {
    focused = name;
  };
  return seat;
}

/*   A1 A2 __ A3
 *   B1 __ B2 B3
 *   __ __ C1 __
 *
 *   D1 __ __ __   */
beforeEach(() => {
  seats = {
    A1: newSeat("A1", 0, 0),
    A2: newSeat("A2", 1, 0),
    A3: newSeat("A3", 3, 0),
    B1: newSeat("B1", 0, 1),
    B2: newSeat("B2", 2, 1),
    B3: newSeat("B3", 3, 1),
    C1: newSeat("C1", 2, 2),
    D1: newSeat("D1", 0, 4),
  };
  seats.A1.setAttribute("tabindex", "0");
  plan = new FakeElement({ children: { "[data-seat]": Object.values(seats) } });
  plan.children["[data-seat][tabindex='0']"] = [];
  focused = null;
  toggled = [];
  enableArrowKeys(plan, (seat) => toggled.push(seat));
});

function press(name, key, fields = {}) {
  focused = null;
  const event = fakeEvent("keydown", { key, target: seats[name], ...fields });
  plan.dispatchEvent(event);
  return event;
}

test("arrow keys move to the nearest seat in their direction, across gaps", () => {
  const moves = [
    ["A1", "ArrowRight", "A2"],
    ["A2", "ArrowRight", "A3"],
    ["A3", "ArrowLeft", "A2"],
    ["B1", "ArrowRight", "B2"],
    ["A1", "ArrowDown", "B1"],
    ["C1", "ArrowUp", "B2"],
    ["B3", "ArrowUp", "A3"],
    ["B3", "ArrowDown", "C1"],
    ["B1", "ArrowDown", "D1"], // straight ahead, though C1 is nearer
  ];
  for (const [from, key, to] of moves) {
    const event = press(from, key);
    assert.deepEqual([from, key, focused, event.defaultPrevented], [from, key, to, true]);
  }
});

test("at the edge of the map an arrow key neither moves nor scrolls the page", () => {
  for (const [from, key] of [
    ["A1", "ArrowUp"],
    ["A1", "ArrowLeft"],
    ["A3", "ArrowRight"],
    ["D1", "ArrowDown"],
  ]) {
    const event = press(from, key);
    assert.deepEqual([from, key, focused, event.defaultPrevented], [from, key, null, true]);
  }
});

test("Home and End move to the ends of the row", () => {
  press("A2", "Home");
  assert.equal(focused, "A1");
  press("A2", "End");
  assert.equal(focused, "A3");
});

test("the focused seat is the map's only tab stop", () => {
  plan.children["[data-seat][tabindex='0']"] = seats.A1;

  press("A1", "ArrowRight");

  const stops = Object.entries(seats).map(([name, seat]) => [name, seat.getAttribute("tabindex")]);
  assert.deepEqual(Object.fromEntries(stops.filter(([, tabindex]) => tabindex)), {
    A1: "-1",
    A2: "0",
  });
});

test("Enter and the space bar toggle the seat once, however long they are held down", () => {
  const events = [press("A2", "Enter"), press("A2", " "), press("A2", "Enter", { repeat: true })];

  assert.deepEqual(toggled, [seats.A2, seats.A2]);
  assert.deepEqual(
    events.map((event) => event.defaultPrevented),
    [true, true, true],
  );
});

test("other keys and browser shortcuts are not handled", () => {
  const events = [
    press("A1", "Tab"),
    press("A1", "ArrowRight", { altKey: true }),
    press("A1", "Enter", { ctrlKey: true }),
    press("A1", "ArrowDown", { metaKey: true }),
  ];

  assert.deepEqual([toggled, focused], [[], null]);
  assert.deepEqual(
    events.map((event) => event.defaultPrevented),
    [false, false, false, false],
  );
});
