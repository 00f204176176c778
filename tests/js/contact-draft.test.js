import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { discardDraft, keepDraft } from "../../static/js/checkout/contact-draft.js";
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

test("typed values are restored in the next form", () => {
  const first = newForm();
  keepDraft(first);
  type(first, "name", "Sari");
  type(first, "email", "sari@example.com");

  const next = newForm();
  keepDraft(next);

  assert.deepEqual(contents(next), ["Sari", "sari@example.com", ""]);
});

test("values typed before the script was loaded are kept", () => {
  const early = newForm();
  early.elements.phone.value = "0812";
  keepDraft(early);

  const next = newForm();
  keepDraft(next);

  assert.deepEqual(contents(next), ["", "", "0812"]);
});

test("values from the server are not replaced", () => {
  const first = newForm();
  keepDraft(first);
  type(first, "name", "Sari");

  const next = newForm({ name: "Budi" });
  keepDraft(next);

  assert.deepEqual(contents(next), ["Budi", "", ""]);
});

test("other fields are not kept", () => {
  const form = newForm();
  form.elements.voucher = { name: "voucher", value: "", defaultValue: "" };
  keepDraft(form);
  type(form, "voucher", "SECRET");

  assert.equal(sessionStorage.getItem("layar-contact"), null);
});

test("the draft is deleted after the booking, or after ten minutes", (t) => {
  let nowMs = 0;
  t.mock.method(Date, "now", () => nowMs);
  const first = newForm();
  keepDraft(first);

  type(first, "name", "Sari");
  discardDraft();
  const afterBooking = newForm();
  keepDraft(afterBooking);

  type(first, "name", "Sari");
  nowMs = 10 * 60 * 1000;
  const afterTenMinutes = newForm();
  keepDraft(afterTenMinutes);

  const nothing = ["", "", ""];
  assert.deepEqual([contents(afterBooking), contents(afterTenMinutes)], [nothing, nothing]);
});

test("without storage the form works and keeps no draft", () => {
  setStorage(undefined);
  const form = newForm();

  keepDraft(form);
  type(form, "name", "Sari");

  assert.deepEqual(contents(form), ["Sari", "", ""]);
});
