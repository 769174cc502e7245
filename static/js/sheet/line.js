// One line of the sheet: its buttons and its field, what it comes to, and what it says of itself.
import { amount, cents, money, plain, read, say } from "./numbers.js";
import { Saving } from "./saving.js";
import { button, Sentence } from "./sentence.js";

const PAUSE = 500;

export class Line {
  constructor(element, form, told) {
    Object.assign(this, { element, words: form.dataset, told, id: element.dataset.line, refused: false, timer: 0 });
    const named = (name) => element.querySelector(`[name="${name}-${this.id}"]`);
    this.field = named("quantity");
    this.extraField = named("extra");
    const [stall, ...shown] = named("shown").value.split("/");
    const [wanted, extra, quantity, confirmedExtra] = shown.map(read);
    Object.assign(this, { saved: { wanted, extra }, quantity, confirmedExtra });
    const [price, agreed] = element.dataset.stake.split("/");
    Object.assign(this, { price: Number(price), agreed: agreed === "" ? null : Number(agreed) });
    this.stepBy = read(element.dataset.step);
    this.minimum = read(element.dataset.minimum ?? "0");
    this.sentence = new Sentence(element, this.field, `error-${this.id}`);
    this.saving = new Saving(form, { stall, offer: this.id }, {
      changed: () => this.show(),
      answered: (status, answer) => this.answered(status, answer),
    });
    this.bind();
    this.show();
  }

  bind() {
    for (const each of this.element.querySelectorAll("button[data-step]")) {
      each.addEventListener("click", () => this.step(Number(each.dataset.step)));
    }
    for (const field of [this.field, this.extraField]) {
      field?.addEventListener("input", () => this.touched(PAUSE * 2));
      field?.addEventListener("change", () => this.touched(0));
      field?.addEventListener("focus", () => field.select());
      field?.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault(); // it would press the form's first button
        this.touched(0);
      });
    }
  }

  // What the fields hold; null when that is no quantity.
  get typed() {
    const wanted = read(this.field.value);
    const extra = this.extraField ? read(this.extraField.value) : this.saved.extra;
    return wanted === null || extra === null ? null : { wanted, extra: wanted ? extra : 0 };
  }

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

  get isSaved() {
    const { typed, saved } = this;
    return typed !== null && typed.wanted === saved.wanted && (typed.extra === saved.extra || !typed.wanted);
  }

  // Whether it will be saved in a moment, or has a reason not to be.
  get busy() {
    return this.timer !== 0 || this.saving.busy;
  }

  get settled() {
    return !this.busy && this.isSaved;
  }

  get state() {
    return this.timer && !this.saving.state ? "saving" : this.saving.state;
  }

  step(direction) {
    const next = this.asked.wanted + direction * this.stepBy;
    const least = Math.max(this.minimum, this.stepBy);
    this.put(direction > 0 ? Math.max(next, least) : next < least ? 0 : next);
    this.touched(PAUSE);
  }

  put(thousandths) {
    this.field.value = say(thousandths);
  }

  touched(pause) {
    this.refused = false;
    this.sentence.clear();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), pause);
    this.show();
  }

  save() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.saving.request) {
      this.saving.again(); // the newer change follows when this one was answered
    } else if (this.typed === null) {
      this.refused = true;
      this.sentence.say(this.words.sayNotANumber);
    } else if (!this.isSaved) {
      const { wanted, extra } = this.typed;
      this.saving.send({ seen: plain(this.saved.wanted), wanted: plain(wanted), tolerance: plain(extra) });
    }
    this.show();
  }

  answered(status, answer) {
    if (status === 200) {
      this.saved = { wanted: read(answer.wanted), extra: read(answer.tolerance) };
      this.quantity = read(answer.quantity);
      this.confirmedExtra = read(answer.confirmed_tolerance);
      if (!this.timer && !this.isSaved) this.save();
    } else if (answer.refused?.[this.id]) {
      this.refuse(answer.refused[this.id]);
    } else {
      this.sentence.say(answer.sentence || this.words.sayBroken);
    }
    this.show();
  }

  // A refusal says why, puts what is possible on the sheet, and lets one choose where only a person can.
  refuse(refusal) {
    this.refused = true;
    if (refusal.confirmed !== undefined) this.quantity = read(refusal.confirmed);
    if (refusal.possible !== null) this.put(read(refusal.possible));
    this.sentence.say(refusal.sentence);
    if (refusal.code === "price") {
      this.price = cents(refusal.price);
      this.element.querySelector(".price").textContent = money(this.price);
    } else if (refusal.code === "closed") {
      this.saved = { wanted: this.quantity, extra: this.confirmedExtra };
      for (const control of this.element.querySelectorAll("input, .stepper button")) control.disabled = true;
    } else if (refusal.code === "stale") {
      this.saved = { ...this.saved, wanted: read(refusal.theirs) };
      this.sentence.offer([[this.words.sayTheirs, refusal.theirs], [this.words.sayMine, refusal.yours]].map(
        ([words, value]) => [words.replace("{n}", say(read(value))), () => this.choose(read(value))],
      ));
    } else if (refusal.possible !== null) {
      this.save();
    }
    this.show();
  }

  choose(thousandths) {
    this.put(thousandths);
    this.touched(0);
  }

  show() {
    const { words, saving } = this;
    const settled = this.pending ? "wanted" : this.quantity ? "ordered" : "";
    this.element.dataset.state = this.refused ? "refused" : settled;
    this.element.querySelector('button[data-step="-1"]').disabled = this.field.disabled || this.asked.wanted === 0;
    const [state, text] = this.refused ? ["", ""]
      : this.state === "failed" ? ["failed", `${words.sayFailed} · `]
      : this.state === "waiting" ? ["waiting", words.sayWaiting]
      : this.state === "saving" ? ["saving", words.saySaving]
      : this.pending ? ["waiting", words.saySaved]
      : this.quantity ? ["saved", words.sayOrdered]
      : ["", ""];
    const label = this.element.querySelector("[data-line-state]");
    label.textContent = text;
    label.dataset.state = state;
    if (!state) delete label.dataset.state;
    if (state === "failed") label.append(button(words.sayRetry, "order-line-retry", () => saving.again()));
    this.told();
  }
}
