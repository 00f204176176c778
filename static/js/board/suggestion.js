/* What the price cards ask for the showing in the form, and what is in its way, as it is filled. */

const WAIT_MS = 250;
const ASKED_BY = ["movie", "studio", "hour", "screen_format"];

let waiting = null;

export function suggest(form) {
  if (!form?.dataset.suggestionUrl) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => ask(form), WAIT_MS);
}

async function ask(form) {
  const entered = new URLSearchParams(ASKED_BY.map((name) => [name, form.elements[name].value]));
  const answer = await fetch(`${form.dataset.suggestionUrl}?${entered}`, { cache: "no-store" });
  if (!answer.ok || !form.isConnected) return;
  const {
    price_rupiah: price,
    audio_language: language,
    words = "",
    is_possible: isPossible,
  } = await answer.json();
  const said = form.querySelector("[data-suggestion]");
  if (said.textContent !== words) said.textContent = words;
  said.classList.toggle("is-impossible", isPossible === false);
  offer(form.elements.price_rupiah, price);
  offer(form.elements.audio_language, language);
}

/* What somebody has written stays; only what was offered before is offered anew. */
function offer(field, value) {
  if (value === undefined || value === null) return;
  if (field.value !== "" && field.value !== field.dataset.offered) return;
  field.value = value;
  field.dataset.offered = value;
}
