// The bottom bar: what it comes to, whether it is ordered, and the one button that counts. It reckons as orders/due.py does.
import { outbox } from "../outbox.js";
import { amount, cents, money, percent, total } from "./numbers.js";

const NOTHING = { amount: 0, most: 0, deposits: 0, net: 0, vat: new Map() };

// From `12.50/13.00/0.30/11.37/5.5=0.63`: a farm where nothing changes any more, but it counts.
function fixed(text) {
  const [due, most, deposits, net, ...rates] = text.split("/");
  const vat = new Map(rates.map((each) => each.split("=")).map(([rate, tax]) => [cents(rate), cents(tax)]));
  return { amount: cents(due), most: cents(most), deposits: cents(deposits), net: cents(net ?? "0"), vat };
}

function add(one, other) {
  const vat = new Map(one.vat);
  for (const [rate, tax] of other.vat) vat.set(rate, (vat.get(rate) ?? 0) + tax);
  const sum = (name) => one[name] + other[name];
  return { amount: sum("amount"), most: sum("most"), deposits: sum("deposits"), net: sum("net"), vat };
}

// What one farm is due for lines taken: { stake, quantity, extra }.
function toFarm(taken) {
  const goods = total(taken.map(({ stake, quantity }) => ({ stake, sum: amount(quantity, stake.unit) })));
  const most = total(taken.map(({ stake, quantity, extra }) => ({ stake, sum: amount(quantity + extra, stake.ceiling) })));
  const deposits = (more) => taken.reduce((sum, { stake, quantity, extra }) => sum + amount(quantity + more * extra, stake.deposit), 0);
  return { amount: goods.gross + deposits(0), most: most.gross + deposits(1), deposits: deposits(0), net: goods.net, vat: goods.vat };
}

export class Bar {
  constructor(element, lines) {
    this.element = element;
    this.lines = lines;
    this.fixed = [...document.querySelectorAll("[data-fixed]")].map((stall) => fixed(stall.dataset.fixed)).reduce(add, NOTHING);
  }

  // `which` names what to ask of each line: all that is on the sheet (taken), or what is ordered.
  due(which) {
    const farms = new Map();
    for (const line of this.lines) {
      const taken = line[which];
      if (taken?.quantity) farms.set(line.place.stall, [...(farms.get(line.place.stall) ?? []), taken]);
    }
    return [...farms.values()].map(toFarm).reduce(add, this.fixed);
  }

  // In one of the page's words, where it isn't exact.
  say({ amount: due, most }, words) {
    return due === most ? money(due) : words.replace("{amount}", money(due)).replace("{most}", money(most));
  }

  // The most it can be, for professionals the VAT in it, and the deposits.
  sayBeneath({ amount: due, most, deposits, net, vat }) {
    const { sayMost, sayNet, sayVat, sayDeposits } = this.element.dataset;
    const said = due === most ? [] : [sayMost.replace("{most}", money(most))];
    if (sayNet !== undefined) {
      said.push(sayNet.replace("{amount}", money(net)));
      for (const [rate, tax] of [...vat].sort(([one], [other]) => one - other)) {
        said.push(sayVat.replace("{rate}", percent(rate)).replace("{amount}", money(tax)));
      }
    }
    if (deposits) said.push(sayDeposits.replace("{amount}", money(deposits)));
    return said.join(" · ");
  }

  show() {
    const words = this.element.dataset;
    const [due, ordered] = [this.due("taken"), this.due("ordered")];
    const pending = this.lines.some((line) => line.pending);
    const hasOrder = this.fixed.amount > 0 || this.lines.some((line) => line.quantity > 0);
    const state = pending ? (hasOrder ? "more" : "filled") : hasOrder ? "ordered" : "empty";
    words.state = state;
    const about = this.say(due, words.sayAbout);
    const difference = `${due.amount < ordered.amount ? "−" : "+"}\u00a0${money(Math.abs(due.amount - ordered.amount))}`;
    this.put("[data-bar-total]", state === "ordered" ? words.sayOrdered.replace("{total}", about) : about);
    this.put("[data-bar-beneath]", this.sayBeneath(due));
    this.put("[data-order-says]", words.sayButton.replace("{total}", this.say(due, words.sayBoth)));
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
