// Small comforts of the programme's pages; without this script every one of them works by links
// and forms.

// A filter takes effect when it is chosen.
for (const form of document.querySelectorAll("[data-autosubmit]")) {
  form.dataset.enhanced = "";
  form.addEventListener("change", (event) => {
    if (event.target.matches("select")) form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    // Empty filters stay out of the address.
    for (const input of form.elements) if (input.name && !input.value) input.disabled = true;
  });
  // Coming back, the browser may have kept fields switched off.
  window.addEventListener("pageshow", () => {
    for (const input of form.elements) input.disabled = false;
  });
}

// On a narrow screen the chosen day is in view.
for (const strip of document.querySelectorAll("[data-scroll-to-current]")) {
  const current = strip.querySelector("[aria-current]");
  if (current)
    strip.scrollLeft = current.offsetLeft - (strip.clientWidth - current.clientWidth) / 2;
}
