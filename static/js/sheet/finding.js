// Finding a product: by category, among one's own, and by what one types, whatever the accents; and where one is in a long sheet.
const row = document.querySelector("[data-finding]");
const search = document.querySelector("[data-search]");
const found = document.querySelector("[data-found]");
const none = document.querySelector("[data-found-none]");
const links = [...row.querySelectorAll("[data-category]")];
const plain = (text) => text.normalize("NFKD").replace(/\p{Diacritic}/gu, "").replace(/œ/gi, "oe").replace(/æ/gi, "ae").toLowerCase();
const stalls = [...document.querySelectorAll("[data-stall]")];
const lines = stalls.flatMap((stall) => [...stall.querySelectorAll("[data-line]")]);
const texts = new Map();
let category = links.find((link) => link.hasAttribute("aria-current"))?.dataset.category ?? "";

// A product is called by its farm's name and commune too, and by all that its line says: labels, origin, allergens.
function textOf(line) {
  if (!texts.size) {
    for (const stall of stalls) {
      const farm = stall.querySelector("h2").textContent + (stall.querySelector(".stall-from")?.firstChild.textContent ?? "");
      for (const each of stall.querySelectorAll("[data-line]")) {
        texts.set(each, plain(`${each.querySelector(".order-line-body").textContent} ${farm}`).replace(/\s+/g, " "));
      }
    }
  }
  return texts.get(line);
}

// "Sans gluten" is one thing to look for, and not a bread with gluten beside salt-free butter.
const needles = () => plain(search.querySelector("input").value).match(/(?:sans|senza|without) \S+|\S+/g) ?? [];

function belongs(line) {
  if (category === "favourites") return line.querySelector(".order-line-star")?.getAttribute("aria-pressed") === "true";
  if (category === "mine") return line.dataset.fixed !== undefined || !/^[\s0,.]*$/.test(line.querySelector("[name^=quantity-]")?.value ?? "");
  return !category || line.dataset.category === category;
}

function show() {
  const words = needles();
  let count = 0;
  for (const line of lines) {
    line.hidden = !belongs(line) || !words.every((word) => textOf(line).includes(word));
    count += line.hidden ? 0 : 1;
  }
  for (const stall of stalls) stall.hidden = stall.querySelector("[data-line]") !== null && !stall.querySelector("[data-line]:not([hidden])");
  none.hidden = count > 0;
  const { say, sayFavourites, sayMine } = none.dataset;
  none.textContent = (!words.length && { favourites: sayFavourites, mine: sayMine }[category]) || say;
  found.textContent = words.length || category ? found.dataset.sayFound.replace("{n}", count) : "";
}

row.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  row.querySelector("details")?.removeAttribute("open");
  if (link.dataset.category === undefined) {
    if (document.querySelector(link.hash).hidden) choose(links[0]);
    return;
  }
  event.preventDefault();
  choose(link);
  if (row.getBoundingClientRect().top <= 0) row.scrollIntoView();
});

function choose(chosen) {
  category = chosen.dataset.category;
  for (const link of links) link.toggleAttribute("aria-current", link === chosen);
  chosen.setAttribute("aria-current", "true");
  show();
}

search.addEventListener("input", show);
search.addEventListener("submit", (event) => event.preventDefault());

// The category and the farm that one's eyes are on.
const seen = new IntersectionObserver((entries) => {
  const at = entries.findLast((entry) => entry.isIntersecting)?.target;
  if (!at) return;
  const farm = `#${at.closest("[data-stall]").id}`;
  for (const link of row.querySelectorAll("a")) link.toggleAttribute("data-here", link.hash === farm || link.dataset.category === at.dataset.category);
  const here = row.querySelector("[data-category][data-here]");
  const strip = here?.closest("ul");
  strip?.scrollTo({ left: here.offsetLeft - strip.clientWidth / 3 });
}, { rootMargin: "-130px 0px -75% 0px" });
for (const line of lines) seen.observe(line);
