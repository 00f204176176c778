/* Comings and goings of the visitor: after each, the page looks at the truth again. */

export function watchPresence({ hold, feed, notice, words }) {
  function lookAgain() {
    hold.refresh();
    feed.refetch();
  }

  // Back from the next page: a page out of the browser's memory is as old as it was left.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    feed.start();
    lookAgain();
  });
  addEventListener("pagehide", () => feed.stop());
  addEventListener("online", () => {
    notice.hide();
    feed.start();
    lookAgain();
  });
  addEventListener("offline", () => notice.show(words.offline, { tone: "danger" }));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) lookAgain();
  });
}
