// button[data-copy=<id>]: copies what that element says, and shows for two seconds the words of its span[data-copied].
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  const source = button && document.getElementById(button.dataset.copy);
  if (!source) return;
  await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
  const words = button.querySelector("[data-copied]");
  if (!words || words.dataset.before) return;
  words.dataset.before = words.textContent;
  words.textContent = words.dataset.copied;
  words.setAttribute("role", "status");
  setTimeout(() => {
    words.textContent = words.dataset.before;
    delete words.dataset.before;
    words.removeAttribute("role");
  }, 2000);
});
