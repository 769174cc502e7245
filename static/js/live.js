// [data-live=<url of a stream>]: on its "changed" events the element asks htmx for itself anew, but not under a person's hands.
let waiting = false;

const live = () => document.querySelector("[data-live]");
const busy = () => live().matches(":focus-within, :has(dialog[open])");

function refresh() {
  waiting = busy();
  if (!waiting) live().dispatchEvent(new Event("refresh"));
}

if (live()) {
  const stream = new EventSource(live().dataset.live);
  stream.addEventListener("changed", refresh);
  document.addEventListener("focusout", () => waiting && setTimeout(() => waiting && refresh(), 500));
  // What was folded open stays so.
  let open = [];
  document.addEventListener("htmx:beforeSwap", () => {
    open = [...live().querySelectorAll("details[open][id]")].map((details) => details.id);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  });
}
