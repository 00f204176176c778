/* The booking page: forms are submitted once; a pending booking shows its countdown. */

import { ServerClock } from "../clock.js";
import { Countdown } from "../countdown.js";
import { keepOffline } from "../offline.js";
import { discardChoices } from "./choice-draft.js";
import { discardDraft } from "./contact-draft.js";
import { enableQrScreen } from "./qr-screen.js";
import { showRefundTotal } from "./refund-total.js";
import { enableSharing } from "./share.js";
import { submitOnce } from "./submit-once.js";

for (const form of document.querySelectorAll("form[data-once]")) submitOnce(form);
for (const form of document.querySelectorAll("form[data-refunds]")) showRefundTotal(form);

function discardAll() {
  discardDraft();
  discardChoices();
}
if (document.querySelector("[data-booking-status=confirmed]")) discardAll();
document.querySelector("form[data-gives-up]")?.addEventListener("submit", discardAll);

const qrScreen = document.querySelector("[data-qr-screen]");
if (qrScreen) {
  enableQrScreen(qrScreen);
  enableSharing(document.querySelectorAll("[data-share]"));
  keepOffline();
}

const clock = document.querySelector("[data-order-clock]");
if (clock) {
  const countdown = new Countdown(new ServerClock(clock.dataset.serverTime));
  countdown.addEventListener("over", () => location.reload(), { once: true });
  countdown.until(clock.dataset.expiresAt);
}
