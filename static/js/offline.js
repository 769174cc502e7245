// The page for when there is no network names the sheets that this phone has kept: ul[data-kept], and its .empty words.
const list = document.querySelector("[data-kept]");
const pages = await caches.open("pages");
for (const request of (await pages.keys()).reverse()) {
  const response = await pages.match(request);
  if (!response.headers.get("Content-Type")?.startsWith("text/html")) continue;
  const { title } = new DOMParser().parseFromString(await response.text(), "text/html");
  const link = Object.assign(document.createElement("a"), { href: request.url, textContent: title.replace(/ · Cagette$/, "") });
  const item = document.createElement("li");
  item.append(link);
  list.append(item);
}
list.closest("section").hidden = !list.children.length;
addEventListener("online", () => location.reload());
