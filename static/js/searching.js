// form[data-searching="<ids>"]: as one types, fetches the page that the form's button would open, shows its elements with these ids, and keeps the address.
for (const form of document.querySelectorAll("[data-searching]")) {
  let pause;
  let asking;

  const find = async () => {
    const address = new URL(form.action);
    address.search = new URLSearchParams(new FormData(form));
    address.hash = "";
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(address, { signal: asking.signal });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of form.dataset.searching.split(" ")) {
        document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
      }
      history.replaceState(null, "", address);
    } catch {
      // Another letter was typed meanwhile, or there is no network: the button is still there.
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(find, 250);
  });
}
