/* The visitor's seats beside the plan. The server draws it; the page only puts it in place. */

export function showPanel(page, held) {
  const panel = page.querySelector("[data-panel]");
  if (held.panel === undefined) return; // the first one came with the page
  const focused = document.activeElement?.closest("[data-panel]") === panel;
  panel.innerHTML = held.panel ?? page.querySelector("[data-panel-empty]").innerHTML;
  panel.toggleAttribute("data-has-seats", held.seats.length > 0);
  // A pressed button may be gone with its seat: keyboard users must not fall to the page's top.
  if (focused) panel.focus({ preventScroll: true });
}
