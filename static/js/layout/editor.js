/* The layout editor: the server renders a new preview after a pause in typing. */

const DEBOUNCE_MS = 300;

const form = document.querySelector("[data-layout-editor]");
const grid = form.querySelector("[data-layout-grid]");
const preview = form.querySelector("[data-layout-preview]");
const published = grid.value;
let debounce = null;
let request = null;
let isSubmitted = false;

async function draw() {
  request?.abort();
  request = new AbortController();
  const { signal } = request;
  preview.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.dataset.previewUrl, {
      method: "POST",
      body: new FormData(form),
      signal,
    });
    // Signed out or no response: the last preview stays; publishing reports the problem.
    if (!response.ok || response.redirected) return;
    preview.innerHTML = await response.text();
    const faults = Number(preview.querySelector("[data-layout-faults]").dataset.layoutFaults);
    grid.toggleAttribute("aria-invalid", faults > 0);
  } catch (error) {
    if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
  } finally {
    if (!signal.aborted) preview.setAttribute("aria-busy", "false");
  }
}

function goTo(line, column) {
  const lines = grid.value.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  const at = before + Math.min(column - 1, lines[line - 1]?.length ?? 0);
  grid.focus();
  grid.setSelectionRange(at, Math.min(at + 1, grid.value.length));
}

grid.addEventListener("input", () => {
  clearTimeout(debounce);
  debounce = setTimeout(draw, DEBOUNCE_MS);
});
preview.addEventListener("click", (event) => {
  const fault = event.target.closest("[data-line]");
  if (fault) goTo(Number(fault.dataset.line), Number(fault.dataset.column));
});
form.addEventListener("submit", () => {
  isSubmitted = true;
});
window.addEventListener("beforeunload", (event) => {
  if (!isSubmitted && grid.value !== published) event.preventDefault();
});
form.querySelector("[data-layout-check]").hidden = true;
