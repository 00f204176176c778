/* The checkout page: recalculates prices, shows the countdown, submits the payment once. */

import { ServerClock } from "../clock.js";
import { Countdown } from "../countdown.js";
import { keepChoices } from "./choice-draft.js";
import { keepDraft } from "./contact-draft.js";
import { submitOnce } from "./submit-once.js";

const REPRICE_DELAY_MS = 120;
// The estimated server clock may be slightly ahead; reloading too early would show the same page.
const EXPIRY_GRACE_MS = 500;

const form = document.querySelector("[data-checkout]");
const breakdown = form.querySelector("[data-breakdown]");
const liveRegion = document.querySelector("[data-whisper]");
let requestCount = 0;
let timer = null;

async function reprice() {
  const number = ++requestCount;
  const body = new FormData(form);
  body.set("action", "reprice");
  breakdown.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(location.pathname, {
      method: "POST",
      body,
      headers: { "X-Part": "breakdown", Accept: "text/html, application/json" },
      credentials: "same-origin",
    });
    if (isRetryable(response)) return number === requestCount && showProblem(await response.json());
    // A redirect means that the seats are no longer held: the reloaded page explains it.
    if (response.redirected || !response.ok) return location.reload();
    const html = await response.text();
    if (number === requestCount) show(html);
  } catch {
    // Without a response the old total stays; payment is checked by the server anyway.
  } finally {
    if (number === requestCount) breakdown.removeAttribute("aria-busy");
  }
}

/** Rate limited or overloaded: the form keeps its values and can be submitted again. */
function isRetryable(response) {
  const type = response.headers.get("Content-Type") ?? "";
  return [429, 503].includes(response.status) && type.includes("json");
}

function showProblem({ detail }) {
  const message = document.createElement("p");
  message.className = "field-error";
  message.setAttribute("role", "alert");
  message.textContent = detail;
  breakdown.querySelector(":scope > .field-error")?.remove();
  breakdown.prepend(message);
}

function show(html) {
  breakdown.innerHTML = html;
  const total = breakdown.querySelector("[data-total]")?.dataset.total;
  for (const element of form.querySelectorAll("[data-total-shown]")) {
    if (total) element.textContent = total;
  }
  form
    .querySelector(".voucher")
    .toggleAttribute("data-invalid", Boolean(breakdown.querySelector(".field-error")));
}

/** Changed before this script was loaded, or restored by the browser. */
function isChanged(list) {
  const offered = list.querySelector("option[selected]") ?? list.options[0];
  return list.value !== offered.value;
}

form.addEventListener("change", (event) => {
  if (!event.target.matches("[data-reprices]")) return;
  clearTimeout(timer);
  timer = setTimeout(reprice, REPRICE_DELAY_MS);
});
form.querySelector("[data-reprice]").addEventListener("click", (event) => {
  event.preventDefault();
  reprice();
});
form.elements.voucher.addEventListener("keydown", (event) => {
  // Enter in the voucher field applies the voucher instead of paying.
  if (event.key !== "Enter") return;
  event.preventDefault();
  reprice();
});
const lists = [...form.querySelectorAll("select[data-reprices]")];
const isChangedEarly = lists.some(isChanged);
if (keepChoices(form) || isChangedEarly) reprice();
keepDraft(form);
submitOnce(form);
form.querySelector("[aria-invalid=true]")?.focus();

const countdown = new Countdown(new ServerClock(form.dataset.serverTime));
countdown.addEventListener("mark", ({ detail: seconds }) => {
  liveRegion.textContent = form.dataset.leftText.replace("{seconds}", seconds);
});
// The server then redirects to the seat map with an explanation.
countdown.addEventListener("over", () => {
  setTimeout(() => location.replace(location.pathname), EXPIRY_GRACE_MS);
});
countdown.until(form.dataset.expiresAt);
