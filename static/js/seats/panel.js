/* The panel of the visitor's seats, rendered by the server. */

export function showPanel(page, held) {
  const panel = page.querySelector("[data-panel]");
  if (held.panel === undefined) return; // the first panel is part of the page
  const focused = document.activeElement?.closest("[data-panel]") === panel;
  panel.innerHTML = held.panel ?? page.querySelector("[data-panel-empty]").innerHTML;
  panel.toggleAttribute("data-has-seats", held.seats.length > 0);
  // The pressed button may have been removed: focus must not return to the top of the page.
  if (focused) panel.focus({ preventScroll: true });
}
