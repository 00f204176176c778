/* Suggests price and language for the showtime in the form, and shows conflicts, while it is edited. */

const DEBOUNCE_MS = 250;
const SUGGESTION_FIELDS = ["movie", "studio", "hour", "screen_format"];

let waiting = null;

export function suggest(form) {
  if (!form?.dataset.suggestionUrl) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => fetchSuggestion(form), DEBOUNCE_MS);
}

async function fetchSuggestion(form) {
  const entered = new URLSearchParams(
    SUGGESTION_FIELDS.map((name) => [name, form.elements[name].value]),
  );
  const response = await fetch(`${form.dataset.suggestionUrl}?${entered}`, { cache: "no-store" });
  if (!response.ok || !form.isConnected) return;
  const {
    price_rupiah: price,
    audio_language: language,
    words = "",
    is_possible: isPossible,
  } = await response.json();
  const output = form.querySelector("[data-suggestion]");
  if (output.textContent !== words) output.textContent = words;
  output.classList.toggle("is-impossible", isPossible === false);
  fillField(form.elements.price_rupiah, price);
  fillField(form.elements.audio_language, language);
}

/* Keeps a value that was typed; replaces only an earlier suggestion. */
function fillField(field, value) {
  if (value === undefined || value === null) return;
  if (field.value !== "" && field.value !== field.dataset.offered) return;
  field.value = value;
  field.dataset.offered = value;
}
