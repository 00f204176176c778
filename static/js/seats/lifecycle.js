/* Refreshes hold and statuses when the page is shown again or the network returns. */

export function watchLifecycle({ hold, feed, notice, messages }) {
  function refresh() {
    hold.refresh();
    feed.refetch();
  }

  // A page restored from the back/forward cache is stale.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    feed.start();
    refresh();
  });
  addEventListener("pagehide", () => feed.stop());
  addEventListener("online", () => {
    notice.hide();
    feed.start();
    refresh();
  });
  addEventListener("offline", () => notice.show(messages.offline, { tone: "danger" }));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });
}
