/* Registers the service worker and stores the open ticket with its QR codes for offline use. */

const TICKETS = "layar-tickets-1"; // as in service-worker.js
const ASSETS = "layar-assets-1";

function assetsOfPage() {
  const found = performance.getEntriesByType("resource").map(({ name }) => name);
  return found.filter((url) => url.startsWith(`${location.origin}/static/`));
}

export async function keepOffline() {
  if (!navigator.serviceWorker || !globalThis.caches) return;
  try {
    await navigator.serviceWorker.register("/service-worker.js");
    await (await caches.open(TICKETS)).add(location.pathname);
    await (await caches.open(ASSETS)).addAll(assetsOfPage());
  } catch {
    // No storage or no network: the page works as before.
  }
}
