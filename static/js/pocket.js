// [data-pocket], on every page: what waits on this phone, what did not make it and why, and that a page is an old copy.
// Registers the service worker, which keeps sheets to be read without a network (service-worker.js).
import { outbox, person } from "./outbox.js";

const pocket = document.querySelector("[data-pocket]");
const words = pocket.dataset;
const sheet = document.querySelector("[data-sheet]")?.dataset.path;
const { offlineCopy } = document.documentElement.dataset;

function made(tag, properties, ...inside) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...inside);
  return element;
}

const linkTo = ({ sheet: path, page, offer }, text) =>
  made("a", { href: `${path === sheet ? "" : page}#offer-${offer}`, textContent: text });

function notice(kind, ...inside) {
  return made("div", { className: `notice notice-${kind}` }, ...inside);
}

function show() {
  const parts = [];
  if (offlineCopy) {
    const when = new Date(offlineCopy).toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
    parts.push(notice("warning", made("p", { textContent: words.sayCopy.replace("{when}", when) })));
  }
  const unsent = outbox.unsent();
  const out = outbox.state === "out" || (!person && outbox.strangers > 0);
  const count = unsent.length || (out ? outbox.strangers : 0);
  const elsewhere = unsent.filter((each) => each.late && each.sheet !== sheet);
  if (count && (elsewhere.length || out)) {
    const text = (count === 1 ? words.sayOne : words.sayMany).replace("{n}", count);
    const titles = [...new Map(elsewhere.map((each) => [each.sheet, each])).values()];
    const links = out ? [made("a", { href: words.signIn, textContent: words.saySignIn })] : titles.map((each) => linkTo(each, each.title));
    parts.push(notice("warning", made("p", {}, `${text} `, ...links.flatMap((link) => [link, " "]))));
  }
  const refused = outbox.refused().filter((each) => each.late || each.sheet !== sheet || !document.getElementById(`offer-${each.offer}`));
  if (refused.length) {
    const items = refused.map((each) => {
      return made("li", {}, linkTo(each, each.name), each.sheet === sheet ? "" : ` (${each.title})`, `\u00a0: ${each.refusal.sentence}`);
    });
    const button = made("button", { className: "button", type: "button", textContent: words.sayRead });
    button.addEventListener("click", () => outbox.forget(refused));
    const title = made("h2", { className: "notice-title", textContent: words.sayRefused });
    parts.push(notice("error", title, made("ul", {}, ...items), made("p", { className: "actions" }, button)));
  }
  const text = parts.map((each) => each.textContent).join();
  if (text === pocket.textContent && parts.length) return;
  pocket.replaceChildren(...parts);
  pocket.hidden = !parts.length;
}

outbox.addEventListener("change", show);
outbox.ready.then(show);
show();

// What was noted on this phone for another person is none of this one's business; what they wrote waits for them until
// somebody else signs in.
try {
  for (const key of Object.keys(localStorage)) {
    const [kind, whose] = key.split(" ");
    const others = ["seen", "guest", "note"].includes(kind) && whose !== person;
    if (others && (person || kind !== "note")) localStorage.removeItem(key);
  }
} catch {
  // No storage: nothing was noted.
}

if ("serviceWorker" in navigator && isSecureContext) {
  addEventListener("load", async () => {
    try {
      await navigator.serviceWorker.register(words.worker);
      const { active } = await navigator.serviceWorker.ready;
      // The page that installs it was fetched before it was there, with all it is made of.
      const files = performance.getEntriesByType("resource").map((each) => each.name);
      if (sheet && !navigator.serviceWorker.controller) active.postMessage({ page: location.href, files });
    } catch {
      // A browser that refuses (private mode) works without.
    }
  });
}
