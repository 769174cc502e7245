// The recap: fetched from the server once all is saved, so that what is ordered is what was read; confirmed with its one key.
import { outbox } from "../outbox.js";
import { button } from "./sentence.js";

export class Recap {
  constructor(dialog, form, lines) {
    Object.assign(this, { dialog, form, lines });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) {
        event.preventDefault();
        dialog.close();
      }
    });
    dialog.addEventListener("submit", (event) => {
      event.preventDefault();
      this.confirm(event.target);
    });
  }

  // Waits until every change has arrived; shows the first line where that isn't possible instead.
  async open(sentences = []) {
    for (const line of this.lines) if (!line.settled) line.save();
    outbox.again();
    for (let patience = 40; patience && this.lines.some((line) => line.busy); patience--) {
      await new Promise((done) => setTimeout(done, 100));
    }
    if (outbox.state === "out") return location.assign(`${document.querySelector("[data-pocket]").dataset.signIn}%23recap`);
    const stuck = this.lines.find((line) => !line.settled);
    if (stuck) return this.point(stuck);
    let page;
    try {
      const response = await fetch(this.form.dataset.recap);
      page = new DOMParser().parseFromString(await response.text(), "text/html");
    } catch {
      return this.absent();
    }
    const recap = page.querySelector("[data-recap-form]");
    if (!recap) return location.assign(this.form.dataset.recap);
    this.dialog.replaceChildren(document.adoptNode(recap));
    if (sentences.length) this.tell(sentences);
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.querySelector("[data-confirm]")?.focus();
  }

  // No network, and nothing to read: all is saved, and waits for another press.
  absent() {
    const body = Object.assign(document.createElement("div"), { className: "dialog-body", textContent: this.form.dataset.sayAbsent });
    const close = button(this.form.dataset.sayClose, "button", () => this.dialog.close());
    const footer = Object.assign(document.createElement("div"), { className: "dialog-footer" });
    footer.append(close);
    this.dialog.replaceChildren(body, footer);
    if (!this.dialog.open) this.dialog.showModal();
  }

  async confirm(recap) {
    const order = recap.querySelector("[data-confirm]");
    if (order.getAttribute("aria-busy")) return;
    order.setAttribute("aria-busy", "true");
    let response, answer;
    try {
      response = await fetch(recap.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new URLSearchParams(new FormData(recap)),
      });
      answer = await response.json();
    } catch {
      // The key stays in the form: pressing again can't order twice.
      order.removeAttribute("aria-busy");
      return this.tell([this.form.dataset.sayUnknown]);
    }
    if (response.ok) return location.assign(answer.next);
    order.removeAttribute("aria-busy");
    if (!answer.refused) return this.tell([answer.sentence]);
    await this.refused(answer.refused);
  }

  // What is possible goes on the sheet, and the recap is shown again with the reasons: one more tap orders it.
  async refused(refused) {
    const sentences = [];
    let first = null;
    for (const [offer, refusal] of Object.entries(refused)) {
      const line = this.lines.find((each) => each.id === offer);
      const name = line?.element.querySelector(".order-line-name").textContent;
      sentences.push(name ? `${name} : ${refusal.sentence}` : refusal.sentence);
      line?.refuse(refusal);
      if (refusal.possible === null && refusal.code !== "price") first ??= line;
    }
    if (first) return this.point(first);
    await this.open(sentences);
  }

  tell(sentences) {
    const notice = document.createElement("div");
    notice.className = "notice notice-error";
    notice.setAttribute("role", "alert");
    for (const sentence of sentences) {
      notice.append(Object.assign(document.createElement("p"), { textContent: sentence }));
    }
    const body = this.dialog.querySelector(".dialog-body");
    body.querySelector(".notice-error")?.remove();
    body.prepend(notice);
    body.scrollTop = 0;
  }

  point(line) {
    this.dialog.close();
    line.element.scrollIntoView({ block: "center" });
    line.field.focus({ preventScroll: true });
  }
}
