/* Reloads the page when a message names a seat that the map lacks: the layout was replaced. */

const NOT_AGAIN_MS = 3_000;

export function reloadOnLayoutChange(store, showtime) {
  const key = `layar-drawn-anew-${showtime}`;
  let isOwed = false;
  store.addEventListener("unknown-seat", () => {
    if (isOwed) return;
    isOwed = true;
    // The server may still serve the cached old map: reloads are at least this far apart.
    const since = Date.now() - Number(sessionStorage.getItem(key) ?? 0);
    setTimeout(
      () => {
        sessionStorage.setItem(key, String(Date.now()));
        location.reload();
      },
      Math.max(0, NOT_AGAIN_MS - since),
    );
  });
}
