import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import "../../static/js/seats/initial-map.js";
import { Zoom } from "../../static/js/seats/zoom.js";
import { FakeElement, fakeEvent } from "./fakes.js";

const CELL = 10;
const PADDING_PX = 8;

let observer;

/* A drawing in a scrolling frame, laid out as the stylesheet has it: centred while it fits, else
 * from the left edge, moved by the scroll position. */
class FakePlan extends FakeElement {
  #left = 0;
  #top = 0;
  clientHeight = 400;

  constructor({ frameWidth, columns }) {
    super({ clientWidth: frameWidth });
    this.svg = new FakeElement({ dataset: { cell: String(CELL) } });
    this.svg.viewBox = { baseVal: { width: columns * CELL } };
    this.svg.getBoundingClientRect = () => this.#drawn();
    this.canvas = new FakeElement();
    this.children["[data-seat-map]"] = this.svg;
    this.children["[data-zoom-canvas]"] = this.canvas;
    globalThis.initialSeatMap.fit(this);
  }

  get width() {
    return Number.parseFloat(this.canvas.style.width);
  }

  get inner() {
    return this.clientWidth - 2 * PADDING_PX;
  }

  get scrollWidth() {
    return Math.max(this.clientWidth, this.width + 2 * PADDING_PX);
  }

  get scrollLeft() {
    return this.#left;
  }

  set scrollLeft(value) {
    this.#left = Math.min(Math.max(0, value), this.scrollWidth - this.clientWidth);
  }

  get scrollTop() {
    return this.#top;
  }

  set scrollTop(value) {
    this.#top = Math.min(Math.max(0, value), Math.max(0, this.width / 2 - this.clientHeight));
  }

  getBoundingClientRect() {
    return { left: 0, top: 0, width: this.clientWidth, height: this.clientHeight };
  }

  #drawn() {
    const margin = Math.max(0, this.inner - this.width) / 2;
    const left = PADDING_PX + margin - this.#left;
    return { left, top: -this.#top, width: this.width, height: this.width / 2 };
  }
}

/* Where on the drawing, from 0 to 1, a point of the screen lies. */
function pointUnder(plan, x) {
  const { left, width } = plan.svg.getBoundingClientRect();
  return (x - left) / width;
}

const touch = (...points) => ({ touches: points.map(([x, y]) => ({ clientX: x, clientY: y })) });

function send(plan, type, fields) {
  const event = fakeEvent(type, fields);
  plan.dispatchEvent(event);
  return event;
}

beforeEach(() => {
  globalThis.getComputedStyle = () => ({
    paddingLeft: `${PADDING_PX}px`,
    paddingRight: `${PADDING_PX}px`,
  });
  globalThis.ResizeObserver = class {
    constructor(callback) {
      observer = callback;
    }

    observe() {}
  };
});

test("a map that fits is shown whole, up to the initial seat size", () => {
  const wide = new FakePlan({ frameWidth: 816, columns: 20 });
  const small = new FakePlan({ frameWidth: 816, columns: 5 });
  new Zoom(wide);
  new Zoom(small);

  assert.deepEqual([wide.width, small.width], [800, 5 * 52]);
  assert.deepEqual(
    [wide, small].map((plan) => plan.hasAttribute("data-overflows")),
    [false, false],
  );
});

test("a map whose seats would be too small to tap is enlarged and centred", () => {
  const plan = new FakePlan({ frameWidth: 336, columns: 20 });
  new Zoom(plan);

  assert.deepEqual([plan.width, plan.hasAttribute("data-overflows")], [20 * 32, true]);
  assert.equal(pointUnder(plan, 168), 0.5);
});

test("a map whose seats are just large enough is shown whole", () => {
  const plan = new FakePlan({ frameWidth: 20 * 24 + 2 * PADDING_PX, columns: 20 });
  new Zoom(plan);

  assert.equal(plan.width, 20 * 24);
});

test("fitting shows the whole map even if its seats are small", () => {
  const plan = new FakePlan({ frameWidth: 336, columns: 20 });
  const zoom = new Zoom(plan);

  zoom.fit();

  assert.deepEqual([plan.width, plan.hasAttribute("data-overflows")], [320, false]);
});

test("zooming in and out returns to the same width", () => {
  const plan = new FakePlan({ frameWidth: 816, columns: 20 });
  const zoom = new Zoom(plan);

  zoom.by(1);
  assert.ok(Math.abs(plan.width - 800 * 1.35) < 0.01);
  zoom.by(-1);
  assert.ok(Math.abs(plan.width - 800) < 0.01);
});

test("seats are never larger than 96 px, nor smaller than needed to touch or to fit", () => {
  const plan = new FakePlan({ frameWidth: 336, columns: 20 });
  const fitting = new FakePlan({ frameWidth: 816, columns: 20 });
  const zooms = [plan, fitting].map((frame) => new Zoom(frame));

  for (const zoom of zooms) zoom.by(20);
  assert.deepEqual([plan.width, fitting.width], [20 * 96, 20 * 96]);
  for (const zoom of zooms) zoom.by(-40);
  assert.deepEqual([plan.width, fitting.width], [320, 20 * 24]);
});

test("with the control key the wheel zooms, and the point under the pointer stays there", () => {
  const plan = new FakePlan({ frameWidth: 816, columns: 40 });
  const zoom = new Zoom(plan);
  zoom.by(1);
  const [width, point] = [plan.width, pointUnder(plan, 300)];

  const event = send(plan, "wheel", { ctrlKey: true, deltaY: -40, clientX: 300, clientY: 100 });

  assert.equal(event.defaultPrevented, true);
  assert.ok(Math.abs(plan.width - width * Math.exp(0.2)) < 0.01);
  assert.ok(Math.abs(pointUnder(plan, 300) - point) < 0.001);
});

test("without the control key the wheel scrolls", () => {
  const plan = new FakePlan({ frameWidth: 816, columns: 20 });
  new Zoom(plan);

  const event = send(plan, "wheel", { ctrlKey: false, deltaY: -40, clientX: 300, clientY: 100 });

  assert.deepEqual([plan.width, event.defaultPrevented], [800, false]);
});

test("two fingers zoom by their distance around the point between them", () => {
  const plan = new FakePlan({ frameWidth: 816, columns: 40 });
  const zoom = new Zoom(plan);
  zoom.by(1);
  const [width, point] = [plan.width, pointUnder(plan, 400)];

  send(plan, "touchstart", touch([350, 100], [450, 100]));
  send(plan, "touchmove", touch([325, 100], [475, 100]));
  send(plan, "touchend");

  assert.ok(Math.abs(plan.width - width * 1.5) < 0.01);
  assert.ok(Math.abs(pointUnder(plan, 400) - point) < 0.001);
});

test("a second pinch continues from the width of the first", () => {
  const plan = new FakePlan({ frameWidth: 816, columns: 40 });
  new Zoom(plan);
  send(plan, "touchstart", touch([350, 100], [450, 100]));
  send(plan, "touchend");
  const { width } = plan;

  send(plan, "touchstart", touch([390, 100], [410, 100]));

  assert.equal(plan.width, width);
});

test("one finger only scrolls", () => {
  const plan = new FakePlan({ frameWidth: 816, columns: 20 });
  new Zoom(plan);

  const event = send(plan, "touchmove", touch([350, 100]));

  assert.deepEqual([plan.width, event.defaultPrevented], [800, false]);
});

test("a new width of the frame fits the plan again until the visitor has zoomed", () => {
  const plan = new FakePlan({ frameWidth: 816, columns: 20 });
  const zoom = new Zoom(plan);
  observer();

  plan.clientWidth = 716;
  observer();
  assert.equal(plan.width, 700);

  zoom.by(1);
  const { width } = plan;
  plan.clientWidth = 816;
  observer();
  assert.equal(plan.width, width);
});
