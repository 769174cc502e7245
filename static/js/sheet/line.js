// One line of the sheet: its buttons and its field, what it comes to, and what it says of itself.
import { outbox } from "../outbox.js";
import { cents, money, plain, read, say, stake } from "./numbers.js";
import { button, Sentence } from "./sentence.js";

const PAUSE = 500;

export class Line {
  constructor(element, form, told) {
    Object.assign(this, { element, words: form.dataset, told, id: element.dataset.line, change: null, touchedAt: 0 });
    const named = (name) => element.querySelector(`[name="${name}-${this.id}"]`);
    this.field = named("quantity");
    this.extraField = named("extra");
    const [stall, ...shown] = named("shown").value.split("/");
    const [wanted, extra, quantity, confirmedExtra] = shown.map(read);
    Object.assign(this, { saved: { wanted, extra }, quantity, confirmedExtra });
    const [price, agreed] = element.dataset.stake.split("/").map(stake);
    Object.assign(this, { price, agreed });
    this.stepBy = read(element.dataset.step);
    this.minimum = read(element.dataset.minimum ?? "0");
    this.sentence = new Sentence(element, this.field, `error-${this.id}`);
    this.place = {
      sheet: form.dataset.path, page: location.pathname + location.search, household: form.household?.value, stall, offer: this.id,
      name: element.querySelector(".order-line-name").textContent, title: document.querySelector("h1").textContent,
    };
    this.bind();
    // The server has said why already, and the field holds what was asked for.
    this.refused = this.sentence.element !== null;
    if (this.refused && this.typed && !this.isSaved) this.offer(this.saved.wanted, this.typed.wanted);
    this.show();
  }

  bind() {
    // From fresh.js, with a sentence: the farm's orders have closed.
    this.element.addEventListener("closed", (event) => {
      const confirmed = plain(this.quantity);
      this.refuse({ code: "closed", confirmed, possible: confirmed, sentence: event.detail });
    });
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

  // More is bought at today's price, less keeps the price that was agreed on.
  get taken() {
    const { wanted, extra } = this.asked;
    return { stake: this.agreed === null || this.pending ? this.price : this.agreed, quantity: wanted, extra: wanted ? extra : 0 };
  }

  get ordered() {
    return this.agreed && { stake: this.agreed, quantity: this.quantity, extra: this.confirmedExtra };
  }

  get isSaved() {
    const { typed, saved } = this;
    return typed !== null && typed.wanted === saved.wanted && (typed.extra === saved.extra || !typed.wanted);
  }

  // On its way, with nothing that would hold it up.
  get busy() {
    return this.state === "saving";
  }

  get settled() {
    return this.change === null && this.isSaved;
  }

  get state() {
    return this.change === null ? "" : outbox.isBroken(this.change) ? "failed" : outbox.state || "saving";
  }

  // The first tap goes at once, those that follow it together.
  step(direction) {
    const next = this.asked.wanted + direction * this.stepBy;
    const least = Math.max(this.minimum, this.stepBy);
    const pause = performance.now() - this.touchedAt > 2 * PAUSE ? 0 : PAUSE;
    this.put(direction > 0 ? Math.max(next, least) : next < least ? 0 : next);
    this.touched(pause);
  }

  put(thousandths) {
    this.field.value = say(thousandths);
  }

  touched(pause) {
    this.refused = false;
    this.sentence.clear();
    outbox.forget(outbox.refused().filter((each) => each.sheet === this.place.sheet && each.offer === this.id));
    this.touchedAt = performance.now();
    this.save(pause);
  }

  // Noted on this phone now, sent after a pause in milliseconds.
  save(pause = 0) {
    clearTimeout(this.timer);
    if (this.typed === null) {
      this.timer = setTimeout(() => this.misread(), pause);
    } else if (this.keepHere) {
      this.saved = this.typed;
      this.keepHere();
    } else if (this.change || !this.isSaved) {
      const asked = { wanted: plain(this.typed.wanted), tolerance: plain(this.typed.extra) };
      if (this.change?.wanted !== asked.wanted || this.change.tolerance !== asked.tolerance) {
        this.change = outbox.put({ ...this.place, seen: plain(this.saved.wanted), ...asked });
      }
      outbox.soon(pause);
    }
    this.show();
  }

  misread() {
    this.refused = true;
    this.sentence.say(this.words.sayNotANumber);
    this.show();
  }

  // What this phone still holds for the line, from before the page was loaded.
  resume() {
    this.change = outbox.last(this.place);
    if (this.change) this.fill(this.change.wanted, this.change.tolerance);
  }

  fill(wanted, extra) {
    this.put(read(wanted));
    if (this.extraField) this.extraField.value = say(read(extra));
    this.show();
  }

  // What the household has by now, unless something newer is being done here: another phone may have changed it.
  learn([wanted, extra, quantity, confirmedExtra, agreed], asOf) {
    if (this.change || this.refused || this.touchedAt > asOf || !this.isSaved) return;
    this.saved = { wanted: read(wanted), extra: read(extra) };
    Object.assign(this, { quantity: read(quantity), confirmedExtra: read(confirmedExtra), agreed: stake(agreed) });
    this.fill(wanted, extra);
  }

  get held() {
    const { saved, quantity, confirmedExtra, agreed } = this;
    return [...[saved.wanted, saved.extra, quantity, confirmedExtra].map(plain), agreed === null ? "" : agreed.text];
  }

  answered({ refusal }, answer) {
    this.change = outbox.last(this.place);
    if (refusal) {
      if (!this.change) this.refuse(refusal);
      return;
    }
    this.saved = { wanted: read(answer.wanted), extra: read(answer.tolerance) };
    this.quantity = read(answer.quantity);
    this.confirmedExtra = read(answer.confirmed_tolerance);
    if (!this.change) this.touchedAt = performance.now();
    this.show();
  }

  // A refusal from before the page was loaded. The page knows better what the household has by now.
  recall({ code, yours, sentence }) {
    if (code === "stale") return this.refuse({ code, yours, sentence, possible: null, theirs: plain(this.saved.wanted) });
    this.refused = true;
    this.sentence.say(sentence);
    this.show();
  }

  // A refusal says why, puts what is possible on the sheet, and lets one choose where only a person can.
  refuse(refusal) {
    this.refused = true;
    if (refusal.confirmed !== undefined) this.quantity = read(refusal.confirmed);
    if (refusal.possible !== null) this.put(read(refusal.possible));
    this.sentence.say(refusal.sentence);
    if (refusal.code === "price") {
      this.price = stake(refusal.stake);
      this.element.querySelector(".price").textContent = money(cents(refusal.price));
    } else if (refusal.code === "closed") {
      this.saved = { wanted: this.quantity, extra: this.confirmedExtra };
      for (const control of this.element.querySelectorAll("input, .stepper button")) control.disabled = true;
    } else if (refusal.code === "stale") {
      this.saved = { ...this.saved, wanted: read(refusal.wanted ?? refusal.theirs) };
      this.put(read(refusal.yours));
      this.offer(read(refusal.theirs), read(refusal.yours));
    } else if (refusal.possible !== null && !this.isSaved) {
      this.save();
    }
    this.show();
  }

  offer(theirs, mine) {
    const choices = [[this.words.sayTheirs, theirs], [this.words.sayMine, mine]];
    this.sentence.offer(choices.map(([words, value]) => [words.replace("{n}", say(value)), () => this.choose(value)]));
  }

  choose(thousandths) {
    this.put(thousandths);
    this.touched(0);
  }

  show() {
    const { words } = this;
    const settled = this.pending ? "wanted" : this.quantity ? "ordered" : "";
    this.element.dataset.state = this.refused ? "refused" : settled;
    this.element.querySelector('button[data-step="-1"]').disabled = this.field.disabled || this.asked.wanted === 0;
    const [state, text] = this.refused ? ["", ""]
      : this.state === "failed" ? ["failed", `${words.sayFailed} · `]
      : this.state === "waiting" ? ["waiting", words.sayWaiting]
      : this.state === "out" ? ["waiting", words.sayOut]
      : this.state === "saving" ? ["saving", words.saySaving]
      : this.pending ? ["waiting", words.saySaved]
      : this.quantity ? ["saved", words.sayOrdered]
      : ["", ""];
    const label = this.element.querySelector("[data-line-state]");
    label.textContent = text;
    label.dataset.state = state;
    if (!state) delete label.dataset.state;
    if (state === "failed") label.append(button(words.sayRetry, "order-line-retry", () => outbox.again()));
    this.told();
  }
}
