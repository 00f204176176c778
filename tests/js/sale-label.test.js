import assert from "node:assert/strict";
import { test } from "node:test";

import { showSaleLabel } from "../../static/js/seats/sale-label.js";

const LABELS = [
  { availability: "almost_full", together: null, label: "Almost full" },
  { availability: "few_together", together: 2, label: "At most 2 together" },
];

function shown(labels, availability, together) {
  const badge = { textContent: "Almost full", hidden: false };
  showSaleLabel(badge, labels, { availability, together });
  return badge;
}

test("the badge shows the label of the state that the server reports", () => {
  const none = { textContent: "", hidden: true };
  assert.deepEqual(
    [
      shown(LABELS, "almost_full", null),
      shown(LABELS, "few_together", 2),
      shown(LABELS, "available", null),
      shown(LABELS, "sold_out", null),
      shown([], "almost_full", null),
    ],
    [
      { textContent: "Almost full", hidden: false },
      { textContent: "At most 2 together", hidden: false },
      none,
      none,
      none,
    ],
  );
});
