/* Service worker: tickets that were opened once can be opened again without a network. */

const TICKETS = "layar-tickets-1";
const ASSETS = "layar-assets-1";
const NETWORK_TIMEOUT_MS = 4_000;
const TICKET_PATHS = [
  /^(\/en)?\/bookings\/([A-Z0-9]{8}\/)?$/i,
  /^(\/en)?\/tickets\/[0-9a-f]{32}\/[\w-]+\/$/,
];

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  // Signing out on a shared device removes the tickets from it.
  if (request.method === "POST" && pathname.endsWith("/accounts/logout/")) {
    event.waitUntil(caches.delete(TICKETS));
  } else if (request.method !== "GET") {
    return;
  } else if (TICKET_PATHS.some((path) => path.test(pathname))) {
    event.respondWith(ticket(request));
  } else if (pathname.startsWith("/static/")) {
    event.respondWith(asset(request));
  }
});

async function activate() {
  const names = await caches.keys();
  const old = names.filter((name) => ![TICKETS, ASSETS].includes(name));
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/* The network's response if it comes in time, otherwise the stored one. */
async function ticket(request) {
  const stored = await caches.match(request, { cacheName: TICKETS });
  const fetched = fetch(request).then(async (response) => {
    const cache = await caches.open(TICKETS);
    if (response.ok && !response.redirected) await cache.put(request, response.clone());
    // Signed out or no longer the visitor's booking: the stored copy must not outlive that.
    else if (response.status < 500) await cache.delete(request);
    return response;
  });
  if (!stored) return fetched;
  const late = new Promise((resolve) => setTimeout(resolve, NETWORK_TIMEOUT_MS, stored));
  return Promise.race([fetched.catch(() => stored), late]);
}

/* Files under /static/ are named by their content. */
async function asset(request) {
  const stored = await caches.match(request, { cacheName: ASSETS });
  if (stored) return stored;
  const response = await fetch(request);
  if (response.ok) (await caches.open(ASSETS)).put(request, response.clone());
  return response;
}
