// Keeps what a phone needs to read its last sheets without a network. Pages come from the network first, and only those
// that say so are kept (the X-Keep-For header: whose they are); signing in or out lets go of all. `CAGETTE` stands above,
// written by cagette/installing.py.
const FILES = `files-${CAGETTE.version}`;
const PAGES = "pages";
const WHOSE = "/whose";
const MOST_PAGES = 6;
const PATIENCE = 5_000;
const HASHED = /\.[0-9a-f]{12}\./;

addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(FILES).then((files) => files.addAll([CAGETTE.offline, ...CAGETTE.shell])).then(() => skipWaiting()),
  );
});

addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name !== FILES && name !== PAGES).map((name) => caches.delete(name))))
      .then(() => clients.claim()),
  );
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST" && url.pathname.startsWith(CAGETTE.account)) event.waitUntil(caches.delete(PAGES));
  if (request.method !== "GET") return;
  if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
  else if (request.mode === "navigate") event.respondWith(page(request));
});

// The page that installed this worker asks to be kept, too.
addEventListener("message", (event) => event.waitUntil(fetch(event.data, { credentials: "same-origin" }).then(keep)));

// A file with a hash in its name never changes; any other is asked for first.
async function file(request) {
  const files = await caches.open(FILES);
  const kept = await files.match(request);
  if (kept && HASHED.test(request.url)) return kept;
  try {
    const response = await fetch(request);
    if (response.ok) files.put(request, response.clone());
    return response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

async function page(request) {
  const kept = await (await caches.open(PAGES)).match(request.url);
  const fresh = fetch(request).then((response) => {
    keep(response.clone());
    return response;
  });
  const tooSlow = new Promise((_done, fail) => kept && setTimeout(fail, PATIENCE));
  try {
    return await Promise.race([fresh, tooSlow]);
  } catch {
    fresh.catch(() => {});
    return kept ? copy(kept) : (await caches.match(CAGETTE.offline)) ?? Response.error();
  }
}

// The page as it was seen, which says when that was.
async function copy(kept) {
  const seen = new Date(kept.headers.get("Date") ?? Date.now()).toISOString();
  const text = await kept.text();
  return new Response(text.replace("<html ", `<html data-offline-copy="${seen}" `), { headers: kept.headers });
}

async function keep(response) {
  const whose = response.headers.get("X-Keep-For");
  if (whose === null || !response.ok || response.redirected) return;
  let pages = await caches.open(PAGES);
  if ((await (await pages.match(WHOSE))?.text()) !== whose) {
    await caches.delete(PAGES);
    pages = await caches.open(PAGES);
    await pages.put(WHOSE, new Response(whose));
  }
  await pages.put(response.url.split("#")[0], response);
  const oldest = (await pages.keys()).filter((each) => !each.url.endsWith(WHOSE)).slice(0, -MOST_PAGES);
  await Promise.all(oldest.map((each) => pages.delete(each)));
}
