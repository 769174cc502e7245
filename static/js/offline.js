// The page for when there is no network goes on when there is one, and names the sheets that this phone has kept: [data-kept].
const list = document.querySelector("[data-kept]");
const ASK_AGAIN = 3_000;

// A phone says that it is online before it is: only an answer counts.
function retry() {
  fetch(list.dataset.kept, { method: "HEAD", cache: "no-store" }).then(() => location.reload(), () => {});
}

if (location.pathname !== list.dataset.kept) {
  addEventListener("online", retry);
  setInterval(retry, ASK_AGAIN);
}

async function show() {
  const pages = await caches.open("pages");
  for (const request of (await pages.keys()).reverse()) {
    const response = await pages.match(request);
    if (!response.headers.get("Content-Type")?.startsWith("text/html")) continue;
    const { title } = new DOMParser().parseFromString(await response.text(), "text/html");
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("a"), { href: request.url, textContent: title.replace(/ · Cagette$/, "") }));
    list.append(item);
  }
  list.closest("section").hidden = !list.children.length;
}

show();
