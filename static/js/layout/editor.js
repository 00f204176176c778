/* The layout editor: after a pause in typing the server reads the text and draws it again. */

const PAUSE_MS = 300;

const form = document.querySelector("[data-layout-editor]");
const grid = form.querySelector("[data-layout-grid]");
const preview = form.querySelector("[data-layout-preview]");
const published = grid.value;
let pause = null;
let asked = null;
let isSent = false;

async function draw() {
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  preview.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.dataset.previewUrl, {
      method: "POST",
      body: new FormData(form),
      signal,
    });
    // Signed out, or the server is away: the last picture stays, and publishing will tell.
    if (!answer.ok || answer.redirected) return;
    preview.innerHTML = await answer.text();
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
  clearTimeout(pause);
  pause = setTimeout(draw, PAUSE_MS);
});
preview.addEventListener("click", (event) => {
  const fault = event.target.closest("[data-line]");
  if (fault) goTo(Number(fault.dataset.line), Number(fault.dataset.column));
});
form.addEventListener("submit", () => {
  isSent = true;
});
window.addEventListener("beforeunload", (event) => {
  if (!isSent && grid.value !== published) event.preventDefault();
});
form.querySelector("[data-layout-check]").hidden = true;
