/* Draft of the contact fields in sessionStorage, so that a declined payment or an expired hold does
 * not make the buyer type them again. */

import { readDraft, writeDraft } from "./draft-store.js";

const KEY = "layar-contact";
const FIELDS = ["name", "email", "phone"];

export function keepDraft(form) {
  const fields = FIELDS.map((name) => form.elements[name]);
  // Values typed before this script was loaded.
  fields.filter((field) => field.value !== field.defaultValue).forEach(keep);
  const draft = readDraft(KEY);
  for (const field of fields) {
    if (!field.value && draft[field.name]) field.value = draft[field.name];
  }
  form.addEventListener("input", ({ target }) => {
    if (fields.includes(target)) keep(target);
  });
}

function keep({ name, value }) {
  writeDraft(KEY, { ...readDraft(KEY), [name]: value });
}

export function discardDraft() {
  writeDraft(KEY, {});
}
