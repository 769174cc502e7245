// The order sheet: each change saves itself, the bar keeps the total, and the one button opens the recap.
import { outbox, person } from "../outbox.js";
import "../pocket.js";
import { Bar } from "./bar.js";
import { Line } from "./line.js";
import { Memory } from "./memory.js";
import { Recap } from "./recap.js";

// Another phone of the household may be at the same sheet.
const LOOK_AGAIN = 30_000;

const form = document.querySelector("[data-sheet]");
const button = document.querySelector("[data-order]");
const offlineCopy = "offlineCopy" in document.documentElement.dataset;
const guest = "guest" in form.dataset;
const lines = [];
const bar = new Bar(document.querySelector("[data-bar]"), lines);
const memory = new Memory(`${guest ? "guest" : "seen"} ${person} ${form.dataset.path}`, lines);
let ready = false;
for (const element of form.querySelectorAll("[data-stake]")) {
  lines.push(new Line(element, form, () => ready && bar.show()));
}
if (guest || offlineCopy) memory.recall();
ready = true;
bar.show();

if (guest) {
  // Nobody to save for yet: the fields are kept on this phone, and the form takes them along to where one says who one is.
  for (const line of lines) line.keepHere = () => memory.keep();
  form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "script", value: "1" }));
  document.querySelector(".site-sign-in")?.addEventListener("click", (event) => {
    if (!lines.some((line) => line.saved.wanted)) return;
    event.preventDefault();
    button.click();
  });
} else {
  const recap = new Recap(document.querySelector("[data-recap-dialog]"), form, lines);
  form.addEventListener("submit", (event) => event.preventDefault());
  button.addEventListener("click", (event) => {
    event.preventDefault();
    recap.open();
  });

  outbox.addEventListener("answered", ({ detail: { change, answer } }) => {
    const line = lines.find((each) => each.id === change.offer);
    if (change.sheet !== form.dataset.path || change.household !== form.household.value || !line) return;
    line.answered(change, answer);
    // It was said at its line, in front of whoever tapped.
    if (change.refusal && !change.late) outbox.forget([change]);
    memory.keep();
  });
  outbox.addEventListener("change", () => lines.forEach((line) => line.change && line.show()));
  outbox.ready.then(() => {
    for (const line of lines) line.resume();
    for (const { offer, sheet, refusal } of outbox.refused()) {
      const line = sheet === form.dataset.path && lines.find((each) => each.id === offer);
      if (line && !line.change) line.recall(refusal);
    }
    if (location.hash !== "#recap") return;
    history.replaceState(null, "", location.pathname + location.search);
    recap.open();
  });

  let back = false;
  const look = async (event) => {
    back ||= event?.type === "online";
    if (document.visibilityState !== "visible" || outbox.unsent().length) return;
    const asOf = performance.now();
    const response = await fetch(form.dataset.lines, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!response?.ok) return;
    const { person: who, lines: held } = await response.json();
    // Somebody else has signed in on this phone, or the network is back: this page is of before.
    if (who !== person || (offlineCopy && back)) return location.reload();
    for (const line of lines) line.learn(held[line.id] ?? ["0", "0", "0", "0", ""], asOf);
    memory.keep();
  };
  setInterval(look, LOOK_AGAIN);
  for (const event of ["focus", "online"]) addEventListener(event, look);
  document.addEventListener("visibilitychange", look);
  if (offlineCopy) outbox.addEventListener("change", look);
  outbox.ready.then(() => outbox.answeredMeanwhile() && look());
}

// Where changes live only as long as the page, one is asked before it closes.
addEventListener("beforeunload", (event) => {
  if (!outbox.durable && lines.some((line) => line.change)) event.preventDefault();
});
// A page brought back from memory may be hours old.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
