/* The showtime was given another layout: a seat was named that this plan does not have. */

const NOT_AGAIN_MS = 3_000;

export function drawAnewFor(store, showtime) {
  const key = `layar-drawn-anew-${showtime}`;
  let isOwed = false;
  store.addEventListener("stranger", () => {
    if (isOwed) return;
    isOwed = true;
    // A server that still had the old plan at hand is asked again, but not without a breath.
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
