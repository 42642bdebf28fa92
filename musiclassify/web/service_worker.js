/**
 * Keeps the page and its light model, so that it works without a network after the first visit, and isolates the page
 * (two headers that a host of files cannot send), so that from the second visit on the model may use threads.
 */

const STORE = "musiclassify-__VERSION__";
const FILES = ["__FILES__"];

const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** The same answer with the headers that isolate a page and its workers. */
function isolated(answer) {
  if (answer.status === 0 || answer.redirected) return answer;
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
}

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const store = await caches.open(STORE);
      const before = (await caches.keys()).filter((name) => name.startsWith("musiclassify-") && name !== STORE);
      // "no-cache" asks the host about each file; what the page has just loaded comes back as "not modified"
      await Promise.all(FILES.map((file) => store.add(new Request(file, { cache: "no-cache" }))));
      if (before.length === 0) await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith("musiclassify-") && name !== STORE);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  event.respondWith(
    (async () => {
      const store = await caches.open(STORE);
      const wanted = event.request.mode === "navigate" ? "./" : event.request;
      const kept = await store.match(wanted, { ignoreSearch: true });
      if (kept) return isolated(kept);
      const fresh = await fetch(event.request);
      // another model, once it has been used, is there offline too
      if (fresh.ok && url.pathname.includes("/models/")) await store.put(event.request, fresh.clone());
      return isolated(fresh);
    })(),
  );
});
