// [data-copy] in a .copy: copies the text beside it, and says so for two seconds.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  const source = button?.closest(".copy")?.querySelector("textarea, output");
  if (!source) return;
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  button.setAttribute("data-copied", "");
  const kept = button.getAttribute("aria-label") ?? "";
  if (button.dataset.done) button.setAttribute("aria-label", button.dataset.done);
  setTimeout(() => {
    button.removeAttribute("data-copied");
    if (button.dataset.done) kept ? button.setAttribute("aria-label", kept) : button.removeAttribute("aria-label");
  }, 2000);
});
