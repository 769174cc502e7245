// The bottom bar: what it comes to, whether it is ordered, and the one button that counts.
import { outbox } from "../outbox.js";
import { cents, money } from "./numbers.js";

export class Bar {
  constructor(element, lines) {
    this.element = element;
    this.lines = lines;
    // Stalls that have closed: nothing changes there any more, but it counts.
    this.fixed = [...document.querySelectorAll("[data-fixed]")].reduce((sum, line) => sum + cents(line.dataset.fixed), 0);
  }

  get total() {
    return this.lines.reduce((sum, line) => sum + line.amount, this.fixed);
  }

  get ordered() {
    return this.lines.reduce((sum, line) => sum + line.ordered, this.fixed);
  }

  show() {
    const words = this.element.dataset;
    const { total, ordered } = this;
    const pending = this.lines.some((line) => line.pending);
    const hasOrder = this.fixed > 0 || this.lines.some((line) => line.quantity > 0);
    const state = pending ? (hasOrder ? "more" : "filled") : hasOrder ? "ordered" : "empty";
    words.state = state;
    const difference = `${total < ordered ? "−" : "+"}\u00a0${money(Math.abs(total - ordered))}`;
    this.put("[data-bar-total]", state === "ordered" ? words.sayOrdered.replace("{total}", money(total)) : money(total));
    this.put("[data-order-says]", words.sayButton.replace("{total}", money(total)));
    const is = (wanted) => this.lines.some((line) => line.state === wanted);
    const [mark, text] = is("failed") ? ["failed", words.sayFailed]
      : is("waiting") ? ["waiting", outbox.durable ? words.sayWaiting : words.sayFleeting]
      : is("out") ? ["waiting", words.sayOut]
      : is("saving") ? ["saving", words.saySaving]
      : state === "filled" ? ["waiting", words.sayFilled]
      : state === "more" ? ["waiting", words.sayMore.replace("{difference}", difference)]
      : ["", state === "empty" ? words.sayEmpty : ""];
    const label = this.element.querySelector("[data-bar-state]");
    if (label.textContent !== text) label.textContent = text;
    label.dataset.state = mark;
    if (!mark) delete label.dataset.state;
  }

  put(selector, text) {
    this.element.querySelector(selector).textContent = text;
  }
}
