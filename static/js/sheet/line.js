// One line of the sheet: its buttons and field, and saving each change, in order, each once, however the network is.
import { amount, cents, money, plain, read, say } from "./numbers.js";

const PAUSE = 500;
const LONGEST_WAIT = 30_000;

export class Line {
  constructor(element, form, told) {
    this.element = element;
    this.form = form;
    this.told = told;
    this.id = element.dataset.line;
    this.field = element.querySelector(`[name="quantity-${this.id}"]`);
    this.extraField = element.querySelector(`[name="extra-${this.id}"]`);
    this.label = element.querySelector("[data-line-state]");
    const [stall, ...shown] = element.querySelector(`[name="shown-${this.id}"]`).value.split("/");
    const [wanted, extra, quantity, confirmedExtra] = shown.map(read);
    Object.assign(this, { stall, quantity, confirmedExtra, saved: { wanted, extra } });
    const [price, agreed] = element.dataset.stake.split("/");
    this.price = Number(price);
    this.agreed = agreed === "" ? null : Number(agreed);
    this.stepBy = read(element.dataset.step);
    this.minimum = read(element.dataset.minimum || "0");
    this.state = ""; // "", saving, waiting, failed or refused
    this.tries = 0;
    this.bind();
    this.show();
  }

  bind() {
    for (const button of this.element.querySelectorAll("button[data-step]")) {
      button.addEventListener("click", () => this.step(Number(button.dataset.step)));
    }
    for (const field of [this.field, this.extraField]) {
      field?.addEventListener("input", () => this.touched(PAUSE * 2));
      field?.addEventListener("change", () => this.touched(0));
      field?.addEventListener("focus", () => field.select());
      field?.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault(); // Enter would press the form's first button
        this.touched(0);
      });
    }
  }

  get typed() {
    const wanted = read(this.field.value);
    const extra = this.extraField ? read(this.extraField.value) : this.saved.extra;
    return wanted === null || extra === null ? null : { wanted, extra: wanted ? extra : 0 };
  }

  // What counts now: what was typed, or as long as that can't be read, what was saved.
  get asked() {
    return this.typed ?? this.saved;
  }

  get pending() {
    return this.asked.wanted > this.quantity || this.asked.extra > this.confirmedExtra;
  }

  get amount() {
    return amount(this.asked.wanted, this.agreed === null || this.pending ? this.price : this.agreed);
  }

  get ordered() {
    return this.agreed === null ? 0 : amount(this.quantity, this.agreed);
  }

  get weighed() {
    return "weighed" in this.element.dataset && this.asked.wanted > 0;
  }

  get settled() {
    return !this.sending && !this.timer && this.same(this.typed, this.saved);
  }

  get busy() {
    return Boolean(this.sending || this.timer) && !["waiting", "failed"].includes(this.state);
  }

  same(one, other) {
    return one !== null && one.wanted === other.wanted && (one.extra === other.extra || !one.wanted);
  }

  step(direction) {
    const now = this.asked.wanted;
    const next = direction > 0 ? Math.max(now + this.stepBy, this.minimum) : now - this.stepBy;
    this.put(next < Math.max(this.minimum, this.stepBy) && direction < 0 ? 0 : next);
    this.touched(PAUSE);
  }

  put(thousandths) {
    this.field.value = say(thousandths);
  }

  touched(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), pause);
    this.say("");
    if (this.typed !== null && this.state !== "waiting") this.state = "saving";
    this.show();
  }

  // Sends what is typed, unless something is under way: then it goes next.
  save() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.sending) return;
    const wish = this.typed;
    if (wish === null) {
      this.state = "refused";
      this.say(this.form.dataset.sayNotANumber);
    } else if (this.same(wish, this.saved)) {
      this.state = this.state === "refused" ? "refused" : "";
    } else {
      this.sending = { key: newKey(), seen: plain(this.saved.wanted), wanted: plain(wish.wanted), tolerance: plain(wish.extra) };
      this.send();
    }
    this.show();
  }

  async send() {
    clearTimeout(this.retry);
    this.state = "saving";
    this.show();
    let response;
    try {
      response = await fetch(this.form.dataset.change, {
        method: "POST",
        keepalive: true,
        headers: { Accept: "application/json", "X-CSRFToken": this.form.csrfmiddlewaretoken.value },
        body: new URLSearchParams({
          ...this.sending, household: this.form.household.value, stall: this.stall, offer: this.id,
        }),
      });
      if (response.status >= 502) throw new TypeError("nobody is there");
    } catch {
      this.state = "waiting";
      this.retry = setTimeout(() => this.send(), Math.min(1000 * 2 ** this.tries++, LONGEST_WAIT));
      return this.show();
    }
    this.tries = 0;
    this.answered(response.status, await response.json().catch(() => ({})));
  }

  answered(status, answer) {
    if (status === 200) {
      this.sending = null;
      this.saved = { wanted: read(answer.wanted), extra: read(answer.tolerance) };
      this.quantity = read(answer.quantity);
      this.confirmedExtra = read(answer.confirmed_tolerance);
      if (this.state !== "refused") this.state = "";
      if (!this.timer && !this.same(this.typed, this.saved)) return this.save();
    } else if (answer.refused?.[this.id]) {
      this.sending = null;
      this.refuse(answer.refused[this.id]);
    } else {
      // The same key goes with the next try: it can't be saved twice.
      this.state = "failed";
      this.say(answer.sentence || this.form.dataset.sayBroken);
    }
    this.show();
  }

  // A refusal says why, puts what is possible on the sheet, and lets one choose where only a person can.
  refuse(refusal) {
    this.state = "refused";
    if (refusal.confirmed !== undefined) this.quantity = read(refusal.confirmed);
    if (refusal.code === "price") {
      this.price = cents(refusal.price);
      this.element.querySelector(".price").textContent = money(this.price);
    }
    if (refusal.possible !== null) this.put(read(refusal.possible));
    this.say(refusal.sentence);
    if (refusal.code === "closed") {
      this.saved = { wanted: this.quantity, extra: this.confirmedExtra };
      for (const control of this.element.querySelectorAll("input, .stepper button")) control.disabled = true;
    } else if (refusal.code === "stale") {
      this.saved = { ...this.saved, wanted: read(refusal.theirs) };
      this.choose(refusal);
    } else if (refusal.possible !== null) {
      this.save();
      this.state = "refused";
    }
    this.show();
  }

  choose({ theirs, yours }) {
    const choices = document.createElement("span");
    choices.className = "actions";
    for (const [words, value] of [["sayTheirs", read(theirs)], ["sayMine", read(yours)]]) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button" });
      button.textContent = this.form.dataset[words].replace("{n}", say(value));
      button.addEventListener("click", () => {
        this.put(value);
        this.touched(0);
      });
      choices.append(button);
    }
    this.error.append(choices);
  }

  // The sentence beside the field; an empty one takes it away.
  say(sentence) {
    this.error = this.element.querySelector(".field-error");
    if (!sentence) {
      this.error?.remove();
      this.field.removeAttribute("aria-invalid");
      if (this.state === "refused" || (this.state === "failed" && !this.sending)) this.state = "";
      return;
    }
    if (!this.error) {
      this.error = Object.assign(document.createElement("p"), { className: "field-error", id: `error-${this.id}` });
      this.error.setAttribute("role", "alert");
      this.element.append(this.error);
    }
    this.error.textContent = sentence;
    this.field.setAttribute("aria-invalid", "true");
    this.field.setAttribute("aria-describedby", this.error.id);
  }

  show() {
    const { wanted } = this.asked;
    const words = this.form.dataset;
    const minus = this.element.querySelector('[data-step="-1"]');
    minus.disabled = this.field.disabled || wanted === 0;
    const settled = this.pending ? "wanted" : this.quantity ? "ordered" : "";
    this.element.dataset.state = this.state === "refused" ? "refused" : settled;
    const saved = this.pending ? ["waiting", words.saySaved] : this.quantity ? ["saved", words.sayOrdered] : ["", ""];
    const [state, text] = {
      saving: ["saving", words.saySaving],
      waiting: ["waiting", words.sayWaiting],
      failed: ["failed", `${words.sayFailed} · `],
      refused: ["", ""],
    }[this.state] ?? saved;
    this.label.dataset.state = state;
    if (!state) delete this.label.dataset.state;
    this.label.textContent = text;
    if (this.state === "failed") this.offerRetry(words.sayRetry);
    this.told();
  }

  offerRetry(text) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    button.className = "button-quiet order-line-retry";
    button.addEventListener("click", () => {
      this.say("");
      if (this.sending) this.send();
      else this.save();
    });
    this.label.append(button);
  }
}

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
