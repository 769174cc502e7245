// The star beside a product: filled at once, saved behind it, and taken back if that fails.
const form = document.querySelector("[data-sheet]");

form.addEventListener("click", async (event) => {
  const star = event.target.closest(".order-line-star");
  if (!star) return;
  event.preventDefault();
  const [offer, word] = star.value.split(":");
  turn(star, offer, word === "on");
  const body = new URLSearchParams({ star: `${offer}:${word}`, household: form.household.value });
  const headers = { Accept: "application/json", "X-CSRFToken": form.csrfmiddlewaretoken.value };
  const saved = await fetch(star.formAction, { method: "POST", keepalive: true, headers, body }).catch(() => null);
  if (!saved?.ok) turn(star, offer, word !== "on");
});

function turn(star, offer, on) {
  star.value = `${offer}:${on ? "off" : "on"}`;
  star.setAttribute("aria-pressed", on);
}
