import assert from "node:assert/strict";
import { test } from "node:test";

import { interpolate } from "../../static/js/seats/notice.js";

test("placeholders are filled, and unknown ones stay as they are", () => {
  const cases = [
    ["{count} seats, {total}", { count: 2, total: "Rp100.000" }, "2 seats, Rp100.000"],
    ["{seats} and {seats}", { seats: "A1" }, "A1 and A1"],
    ["{left} s", { left: 0 }, "0 s"],
    ["{unknown} stays", {}, "{unknown} stays"],
    ["{name}", { name: "$& {count}", count: 1 }, "$& {count}"],
  ];
  for (const [template, values, expected] of cases)
    assert.equal(interpolate(template, values), expected);
});
