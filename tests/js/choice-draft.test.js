import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { discardChoices, keepChoices } from "../../static/js/checkout/choice-draft.js";
import { FakeElement, FakeStorage, fakeEvent } from "./fakes.js";

const OPTIONS = ["adult", "child"].map((value) => ({ value }));

/* A checkout form of these seats, each at its first ticket type. */
function newForm(seats, { showtime = "7", voucher = "" } = {}) {
  const lists = seats.map((seat) => ({ name: `seat_${seat}`, value: "adult", options: OPTIONS }));
  return new FakeElement({
    children: { "select[data-reprices]": lists },
    dataset: { showtime },
    elements: { voucher: { name: "voucher", value: voucher } },
  });
}

const typesOf = (form) => form.querySelectorAll("select[data-reprices]").map(({ value }) => value);

function choose(form, types, voucher) {
  form.querySelectorAll("select[data-reprices]").forEach((list, index) => {
    list.value = types[index];
  });
  form.elements.voucher.value = voucher;
  form.dispatchEvent(fakeEvent("change"));
}

beforeEach(() => {
  const value = new FakeStorage();
  Object.defineProperty(globalThis, "sessionStorage", { value, configurable: true });
  const first = newForm([1, 2]);
  keepChoices(first);
  choose(first, ["adult", "child"], "HEMAT");
});

test("a reload or another language keeps types and voucher", () => {
  const next = newForm([1, 2]);

  assert.equal(keepChoices(next), true);
  assert.deepEqual([typesOf(next), next.elements.voucher.value], [["adult", "child"], "HEMAT"]);
});

test("types of seats that were given up go to the new ones", () => {
  const next = newForm([1, 3]);
  keepChoices(next);

  assert.deepEqual(typesOf(next), ["adult", "child"]);
});

test("another showtime, or an order that was made, begins anew", () => {
  const other = newForm([1, 2], { showtime: "8" });
  assert.equal(keepChoices(other), false);
  assert.deepEqual([typesOf(other), other.elements.voucher.value], [["adult", "adult"], ""]);

  discardChoices();
  assert.equal(keepChoices(newForm([1, 2])), false);
});

test("what was submitted is not replaced", () => {
  const refused = newForm([1, 2], { voucher: "OTHER" });
  refused.toggleAttribute("data-submitted", true);

  assert.equal(keepChoices(refused), false);
  assert.deepEqual(
    [typesOf(refused), refused.elements.voucher.value],
    [["adult", "adult"], "OTHER"],
  );
});
