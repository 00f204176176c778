/* Draft of the ticket types and the voucher of one showtime, so that changed seats, a reload or
 * another language do not undo them. The types of seats that are no longer held go to the new ones,
 * in their order. */

import { readDraft, writeDraft } from "./draft-store.js";

const KEY = "layar-choices";

/** Restores the draft; returns whether the form differs from what the server priced. */
export function keepChoices(form) {
  const lists = [...form.querySelectorAll("select[data-reprices]")];
  const { voucher } = form.elements;
  const draft = readDraft(KEY);
  let isRestored = false;
  if (draft.showtime === form.dataset.showtime && !form.hasAttribute("data-submitted")) {
    isRestored = restoreTypes(lists, draft.types);
    if (!voucher.value && draft.voucher) {
      voucher.value = draft.voucher;
      isRestored = true;
    }
  }
  const keep = () =>
    writeDraft(KEY, {
      showtime: form.dataset.showtime,
      types: lists.map(({ name, value }) => [name, value]),
      voucher: voucher.value,
    });
  keep();
  form.addEventListener("change", keep);
  form.addEventListener("input", ({ target }) => {
    if (target === voucher) keep();
  });
  return isRestored;
}

export function discardChoices() {
  writeDraft(KEY, {});
}

function restoreTypes(lists, types) {
  const known = new Map(types);
  const names = new Set(lists.map(({ name }) => name));
  const left = types.filter(([name]) => !names.has(name)).map(([, value]) => value);
  let isRestored = false;
  for (const list of lists) {
    const wanted = known.get(list.name) ?? left.shift();
    const isOffered = [...list.options].some(({ value }) => value === wanted);
    if (!isOffered || list.value === wanted) continue;
    list.value = wanted;
    isRestored = true;
  }
  return isRestored;
}
