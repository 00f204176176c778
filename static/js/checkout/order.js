/* An order's own page: its buttons work once, and its clock runs while it waits for payment. */

import { ServerClock } from "../clock.js";
import { Countdown } from "../countdown.js";
import { forgetTyped } from "./memory.js";
import { sendOnce } from "./once.js";

for (const form of document.querySelectorAll("form[data-once]")) sendOnce(form);

if (document.querySelector("[data-booking-status=confirmed]")) forgetTyped();
document.querySelector("form[data-gives-up]")?.addEventListener("submit", forgetTyped);

const clock = document.querySelector("[data-order-clock]");
if (clock) {
  const countdown = new Countdown(new ServerClock(clock.dataset.serverTime));
  countdown.addEventListener("over", () => location.reload(), { once: true });
  countdown.until(clock.dataset.expiresAt);
}
