// Finding a product: by category, and by what one types, whatever the accents.
const lines = [...document.querySelectorAll("[data-line]")];
const row = document.querySelector("[data-finding]");
const search = document.querySelector("[data-search]");
const none = document.querySelector("[data-found-none]");
const plain = (text) => text.normalize("NFKD").replace(/\p{Diacritic}/gu, "").replace(/œ/gi, "oe").replace(/æ/gi, "ae").toLowerCase();
const texts = new Map(lines.map((line) => [line, plain(line.querySelector(".order-line-body").textContent)]));
let category = "";

function show() {
  const words = plain(search.querySelector("input").value).split(/\s+/).filter(Boolean);
  let found = 0;
  for (const line of lines) {
    line.hidden = (category && line.dataset.category !== category) || !words.every((word) => texts.get(line).includes(word));
    found += line.hidden ? 0 : 1;
  }
  for (const stall of document.querySelectorAll("[data-stall]")) {
    stall.hidden = stall.querySelector("[data-line]") !== null && !stall.querySelector("[data-line]:not([hidden])");
  }
  none.hidden = found > 0;
}

row.addEventListener("click", (event) => {
  const link = event.target.closest("[data-category]");
  if (!link) return;
  event.preventDefault();
  category = link.dataset.category;
  for (const each of row.querySelectorAll("[data-category]")) {
    if (each === link) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
  show();
  if (row.getBoundingClientRect().top <= 0) row.scrollIntoView();
});
search.addEventListener("input", show);
search.addEventListener("submit", (event) => event.preventDefault());
