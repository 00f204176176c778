/* The checkout: prices follow the choices, the clock runs, and Pay is pressed once. */

import { ServerClock } from "../clock.js";
import { Countdown } from "../countdown.js";
import { keepTyped } from "./memory.js";
import { sendOnce } from "./once.js";

const REPRICE_DELAY_MS = 120;
// Our idea of the server's clock may be a little early; then the page would come back as it was.
const OVER_GRACE_MS = 500;

const form = document.querySelector("[data-checkout]");
const breakdown = form.querySelector("[data-breakdown]");
const whisper = document.querySelector("[data-whisper]");
let asked = 0;
let timer = null;

async function reprice() {
  const mine = ++asked;
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
    if (isTemporary(response)) return mine === asked && showProblem(await response.json());
    // A redirect means that the seats are no longer held: the page itself tells that best.
    if (response.redirected || !response.ok) return location.reload();
    const html = await response.text();
    if (mine === asked) show(html);
  } catch {
    // Without an answer the old total stays, and Pay asks the server anyway.
  } finally {
    if (mine === asked) breakdown.removeAttribute("aria-busy");
  }
}

/** Too many requests, or busy: what was chosen and the voucher stay, and it can be tried again. */
function isTemporary(response) {
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
  for (const place of form.querySelectorAll("[data-total-shown]")) {
    if (total) place.textContent = total;
  }
  form
    .querySelector(".voucher")
    .toggleAttribute("data-invalid", Boolean(breakdown.querySelector(".field-error")));
}

/** Chosen before this script came, or by a browser that remembers what was chosen last time. */
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
  // Enter in the voucher applies it; it must not pay.
  if (event.key !== "Enter") return;
  event.preventDefault();
  reprice();
});
if ([...form.querySelectorAll("select[data-reprices]")].some(isChanged)) reprice();
keepTyped(form);
sendOnce(form);
form.querySelector("[aria-invalid=true]")?.focus();

const countdown = new Countdown(new ServerClock(form.dataset.serverTime));
countdown.addEventListener("mark", ({ detail: seconds }) => {
  whisper.textContent = form.dataset.leftText.replace("{seconds}", seconds);
});
// The page itself then tells that the seats are open again, on the map.
countdown.addEventListener("over", () => {
  setTimeout(() => location.replace(location.pathname), OVER_GRACE_MS);
});
countdown.until(form.dataset.expiresAt);
