// "As last time": raises fields to what the household took, and says so; each line then saves itself, as if it had been typed.
import { read, say } from "./numbers.js";

const box = document.querySelector("[data-usual]");

box?.querySelector("button").addEventListener("click", (event) => {
  event.preventDefault();
  let filled = 0;
  for (const each of box.dataset.usual.split(" ")) {
    const [offer, quantity] = each.split(":");
    const field = document.querySelector(`[name="quantity-${offer}"]`);
    const there = field && !field.disabled ? read(field.value) : null;
    // What somebody has just typed, and isn't a number, is theirs to mend.
    if (there === null || there >= read(quantity)) continue;
    field.value = say(read(quantity));
    field.dispatchEvent(new Event("change"));
    filled++;
  }
  box.querySelector("[role=status]").textContent = box.dataset.sayFilled.replace("{n}", filled);
  for (const rest of box.querySelectorAll("[data-usual-rest]")) rest.hidden = false;
  event.currentTarget.hidden = true;
});
