import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { forgetTyped, keepTyped } from "../../static/js/checkout/memory.js";
import { FakeElement, FakeStorage, fakeEvent } from "./fakes.js";

const NAMES = ["name", "email", "phone"];

/* A checkout form whose fields came from the server with these values. */
function newForm(values = {}) {
  const fields = NAMES.map((name) => [
    name,
    { name, value: values[name] ?? "", defaultValue: values[name] ?? "" },
  ]);
  return new FakeElement({ elements: Object.fromEntries(fields) });
}

function type(form, name, value) {
  form.elements[name].value = value;
  form.dispatchEvent(fakeEvent("input", { target: form.elements[name] }));
}

const contents = (form) => NAMES.map((name) => form.elements[name].value);

// Newer versions of Node have a session storage of their own, which cannot be assigned to.
function setStorage(value) {
  Object.defineProperty(globalThis, "sessionStorage", { value, configurable: true });
}

beforeEach(() => setStorage(new FakeStorage()));

test("what was typed is there on the next form", () => {
  const first = newForm();
  keepTyped(first);
  type(first, "name", "Sari");
  type(first, "email", "sari@example.com");

  const next = newForm();
  keepTyped(next);

  assert.deepEqual(contents(next), ["Sari", "sari@example.com", ""]);
});

test("what was typed before the script came is kept too", () => {
  const early = newForm();
  early.elements.phone.value = "0812";
  keepTyped(early);

  const next = newForm();
  keepTyped(next);

  assert.deepEqual(contents(next), ["", "", "0812"]);
});

test("what the server filled in stays", () => {
  const first = newForm();
  keepTyped(first);
  type(first, "name", "Sari");

  const next = newForm({ name: "Budi" });
  keepTyped(next);

  assert.deepEqual(contents(next), ["Budi", "", ""]);
});

test("other fields are not kept", () => {
  const form = newForm();
  form.elements.voucher = { name: "voucher", value: "", defaultValue: "" };
  keepTyped(form);
  type(form, "voucher", "SECRET");

  assert.equal(sessionStorage.getItem("layar-contact"), null);
});

test("nothing is left after the booking, or after ten minutes", (t) => {
  let nowMs = 0;
  t.mock.method(Date, "now", () => nowMs);
  const first = newForm();
  keepTyped(first);

  type(first, "name", "Sari");
  forgetTyped();
  const afterBooking = newForm();
  keepTyped(afterBooking);

  type(first, "name", "Sari");
  nowMs = 10 * 60 * 1000;
  const afterTenMinutes = newForm();
  keepTyped(afterTenMinutes);

  const nothing = ["", "", ""];
  assert.deepEqual([contents(afterBooking), contents(afterTenMinutes)], [nothing, nothing]);
});

test("a browser that stores nothing loses nothing but the convenience", () => {
  setStorage(undefined);
  const form = newForm();

  keepTyped(form);
  type(form, "name", "Sari");

  assert.deepEqual(contents(form), ["Sari", "", ""]);
});
