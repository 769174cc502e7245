// [data-live=<url of a stream>]: on its "changed" events the element asks htmx for itself anew, but not under a person's hands.
const live = () => document.querySelector("[data-live]");

if (live()) {
  const stream = new EventSource(live().dataset.live);
  let waiting = false;
  let opened = false;
  let unfolded = [];

  const refresh = () => {
    if (!live()) return stream.close();
    waiting = live().matches(":focus-within");
    if (!waiting) live().dispatchEvent(new Event("refresh"));
  };

  stream.addEventListener("changed", refresh);
  // While the stream was away something may have happened.
  stream.addEventListener("open", () => {
    if (opened) refresh();
    opened = true;
  });
  document.addEventListener("focusout", () => waiting && setTimeout(() => waiting && refresh(), 500));
  // What was unfolded stays so.
  document.addEventListener("htmx:beforeSwap", () => {
    unfolded = [...document.querySelectorAll("[data-live] details[open][id]")].map((details) => details.id);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  });
}
