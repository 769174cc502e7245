// Keeps what a phone needs to read its last sheets without a network. Pages come from the network first, and only those
// that say so are kept (the X-Keep-For header: whose they are); signing in or out lets go of all. `CAGETTE` stands above,
// written by cagette/installing.py.
const FILES = "files";
const PAGES = "pages";
const WHOSE = "/whose";
const MOST_PAGES = 6;
const MOST_FILES = 200;
const PATIENCE = 5_000;
const HASHED = /\.[0-9a-f]{12}\./;

addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(FILES).then((files) => files.addAll([CAGETTE.offline, ...CAGETTE.shell])).then(() => skipWaiting()),
  );
});

addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST" && url.pathname.startsWith(CAGETTE.account)) event.waitUntil(caches.delete(PAGES));
  if (request.method !== "GET") return;
  if (isFile(url)) event.respondWith(file(request));
  else if (request.mode === "navigate") event.respondWith(page(event));
});

// The page that installed this worker asks to be kept, too, with its files.
addEventListener("message", (event) => {
  const files = event.data.files.filter((name) => isFile(new URL(name))).map((name) => file(new Request(name)));
  event.waitUntil(Promise.all([fetch(event.data.page).then(keep), ...files]));
});

function isFile({ origin, pathname }) {
  return origin === location.origin && pathname.startsWith(CAGETTE.files);
}

// A file with a hash in its name never changes; any other is asked for first.
async function file(request) {
  const files = await caches.open(FILES);
  const kept = await files.match(request);
  if (kept && HASHED.test(request.url)) return kept;
  try {
    const response = await fetch(request);
    if (response.ok) {
      await files.put(request, response.clone());
      await trim(files, MOST_FILES);
    }
    return response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

async function page(event) {
  const kept = await (await caches.open(PAGES)).match(event.request.url);
  const fresh = fetch(event.request).then((response) => {
    event.waitUntil(keep(response.clone()));
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
  }
  await pages.put(WHOSE, new Response(whose));
  await pages.put(response.url.split("#")[0], response);
  await trim(pages, MOST_PAGES);
}

async function trim(cache, most) {
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, -most).map((each) => cache.delete(each)));
}
