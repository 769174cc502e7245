// Keeps true, while the page stays open, what others change: what is left, cases, minimums, farms that close. It asks while the
// page is looked at, now and then, and never touches what somebody types. Lines are told by an event that they have closed.
import { read } from "./numbers.js";

const page = document.querySelector("[data-fresh]");
const news = page.querySelector("[data-news]");
const words = page.dataset;
const PAUSE = navigator.connection?.saveData ? 120_000 : 25_000;
const LONGEST_PAUSE = 300_000;
let pause = PAUSE;
let timer = 0;
let last = "";
let near = null;

async function ask() {
  clearTimeout(timer);
  if (document.hidden || !navigator.onLine) return;
  timer = setTimeout(ask, pause * (0.9 + Math.random() / 5));
  try {
    const response = await fetch(words.fresh);
    if (!response.ok) throw new TypeError(response.status);
    const text = await response.text();
    if (text !== last) show(JSON.parse(text));
    last = text;
    pause = PAUSE;
  } catch {
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

function show(fresh) {
  const said = [];
  put(page.querySelector(".page-header [data-until]"), fresh.until);
  if (near !== null && fresh.near > near) said.push(`${words.sayNear} ${fresh.until}`);
  near = fresh.near;
  for (const [id, stall] of Object.entries(fresh.stalls)) {
    const section = document.getElementById(`stall-${id}`);
    if (section?.dataset.open === undefined) continue;
    if (stall.open) freshen(section, stall);
    else said.push(close(section));
  }
  for (const [id, offer] of Object.entries(fresh.offers)) {
    const line = document.getElementById(`offer-${id}`);
    if (line) said.push(...count(line, offer));
  }
  if (!said.length) return;
  put(news, said.join(" "));
  // It stands at its line and its farm as well.
  setTimeout(() => put(news, ""), 20_000);
}

function freshen(section, { until, near, minimum }) {
  const clock = section.querySelector("[data-until]");
  put(clock, until ?? "");
  clock.parentElement.hidden = !until;
  clock.parentElement.classList.toggle("is-urgent", near > 0);
  const bar = section.querySelector("[data-minimum]");
  if (!bar || !minimum) return;
  put(bar.firstElementChild, minimum[0]);
  bar.lastElementChild.value = minimum[1];
  bar.classList.toggle("progress-reached", Number(minimum[1]) >= bar.lastElementChild.max);
}

// Read-only from now on; what was confirmed stays, what waited for the button is told where it stands.
function close(section) {
  delete section.dataset.open;
  const clock = section.querySelector("[data-until]");
  put(clock, words.sayClosed);
  clock.parentElement.hidden = false;
  for (const line of section.querySelectorAll("[data-stake]")) {
    const field = line.querySelector("[name^=quantity-]");
    if (line.dataset.state === "wanted") {
      line.dispatchEvent(new CustomEvent("closed", { detail: words.sayTooLate.replace("{n}", field.value) }));
    }
  }
  for (const control of section.querySelectorAll("input, .stepper button")) control.disabled = true;
  return `${section.querySelector("h2").textContent} : ${words.sayClosed}`;
}

function count(line, { left, little, case: box }) {
  const field = line.querySelector("[name^=quantity-]");
  if (box) {
    const [bar] = line.getElementsByTagName("progress");
    put(bar.previousElementSibling, box[0]);
    bar.hidden = box[1] === "";
    bar.value = box[1];
  }
  if (left === undefined) return [];
  let told = line.querySelector(".order-line-left");
  if (!told) {
    told = Object.assign(document.createElement("p"), { className: "order-line-left" });
    line.querySelector(".order-line-body").append(told);
  }
  if (!field) {
    if (line.dataset.state === "soldout" && Number(left) > 0) put(told, words.sayAgain);
    return [];
  }
  const mine = read(field.value) !== 0 || field === document.activeElement;
  const soldOut = read(left) < read(line.dataset.step) && !mine;
  if (soldOut !== (line.dataset.state === "soldout") && !mine) {
    for (const control of [field, line.querySelector("button[data-step='1']")]) control.disabled = soldOut;
    line.dataset.state = soldOut ? "soldout" : "";
  }
  const text = soldOut ? words.saySoldOut : little;
  return put(told, text) && mine && text ? [`${line.querySelector(".order-line-name").textContent} : ${text}.`] : [];
}

// Whether it said something else before.
function put(element, text) {
  if (!element || element.textContent === text) return false;
  element.textContent = text;
  return true;
}

timer = setTimeout(ask, PAUSE);
for (const [where, event] of [[document, "visibilitychange"], [window, "online"], [window, "focus"]]) {
  where.addEventListener(event, () => {
    pause = PAUSE;
    ask();
  });
}
