/* Shares the link to a single ticket, or copies it where sharing is not supported. */

export function enableSharing(links) {
  for (const link of links) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      try {
        if (navigator.share) {
          await navigator.share({ title: link.dataset.share, url: link.href });
        } else {
          await navigator.clipboard.writeText(link.href);
          link.querySelector("[data-share-text]").textContent = link.dataset.copied;
        }
      } catch (error) {
        if (error.name !== "AbortError") location.assign(link.href);
      }
    });
  }
}
