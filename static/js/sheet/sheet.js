// The order sheet: each change saves itself, the bar keeps the total, and the one button opens the recap.
import { Bar } from "./bar.js";
import { Line } from "./line.js";
import { Recap } from "./recap.js";

const form = document.querySelector("[data-sheet]");
const lines = [];
const bar = new Bar(document.querySelector("[data-bar]"), lines);
let ready = false;
for (const element of form.querySelectorAll("[data-stake]")) {
  lines.push(new Line(element, form, () => ready && bar.show()));
}
ready = true;
bar.show();

const recap = new Recap(document.querySelector("[data-recap-dialog]"), form, lines);
form.addEventListener("submit", (event) => event.preventDefault());
document.querySelector("[data-order]").addEventListener("click", (event) => {
  event.preventDefault();
  recap.open();
});

addEventListener("online", () => {
  for (const line of lines) if (line.state === "waiting") line.saving.again();
});
// Leaving: what was tapped a moment ago goes at once.
addEventListener("pagehide", () => {
  for (const line of lines) if (line.timer) line.save();
});
addEventListener("beforeunload", (event) => {
  if (lines.some((line) => line.state === "waiting")) event.preventDefault();
});
// A page brought back from memory may be hours old.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
