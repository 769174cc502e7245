// Quantities are integers in thousandths, prices in hundred-thousandths, amounts in cents. Nothing is ever rounded but a line, and
// VAT on a sum, half up, as cagette/money.py does.
const language = document.documentElement.lang || "fr";
const currency = document.querySelector("[data-currency]")?.dataset.currency ?? "EUR";
const amounts = new Intl.NumberFormat(language === "en" ? "en-GB" : language, { style: "currency", currency });
const decimals = new Intl.NumberFormat(language, { maximumFractionDigits: 3, useGrouping: false });

// What somebody typed, with comma or point; blank is zero, null isn't a quantity. The same as orders/requests.py.
export function read(text) {
  const typed = text.replace(/[\s\u00a0\u202f]/g, "").replace(",", ".");
  if (typed === "") return 0;
  const parts = /^(\d{0,6})(?:\.(\d{0,3}))?$/.exec(typed);
  if (!parts || typed === ".") return null;
  return Number(parts[1] || 0) * 1000 + Number((parts[2] || "").padEnd(3, "0"));
}

// For the server and the fields' names: `0.5`.
export function plain(thousandths) {
  return String(thousandths / 1000);
}

// For people: `0,5`.
export function say(thousandths) {
  return decimals.format(thousandths / 1000);
}

// From `8.50` to 850.
export function cents(text) {
  return Math.round(Number(text) * 100);
}

// From hundredths of a percent: `5,5 %`.
export function percent(hundredths) {
  return `${decimals.format(hundredths / 100)}${language === "en" ? "" : "\u00a0"}%`;
}

export function money(inCents) {
  return amounts.format(inCents / 100);
}

// From `n5.5:1.37,1.37,0` (orders/requests.py): basis, VAT rate in hundredths of a percent, and three prices per unit.
export function stake(text) {
  // What this phone remembers from before was a bare amount.
  if (!text?.includes(":")) return null;
  const [on, prices] = text.split(":");
  const [unit, ceiling, deposit] = prices.split(",").map((price) => Math.round(Number(price) * 100_000));
  return { text, net: on[0] === "n", rate: Math.round(Number(on.slice(1)) * 100), unit, ceiling, deposit };
}

// The product may be larger than what a number holds exactly.
export function amount(thousandths, price) {
  return Number((BigInt(thousandths) * BigInt(price) + 500_000n) / 1_000_000n);
}

function vatOnTop(net, rate) {
  return Math.floor((net * rate + 5_000) / 10_000);
}

function vatIncluded(gross, rate) {
  return Math.floor((2 * gross * rate + 10_000 + rate) / (2 * (10_000 + rate)));
}

// What lines of one farm come to in cents: VAT once per basis and rate, on the sum. Each is [stake, quantity, cents].
export function total(parts) {
  const sums = new Map();
  for (const { stake: { net, rate }, sum } of parts) {
    const key = `${net}/${rate}`;
    sums.set(key, { net, rate, sum: (sums.get(key)?.sum ?? 0) + sum });
  }
  const result = { net: 0, gross: 0, vat: new Map() };
  for (const { net, rate, sum } of sums.values()) {
    const vat = net ? vatOnTop(sum, rate) : vatIncluded(sum, rate);
    result.net += net ? sum : sum - vat;
    result.gross += net ? sum + vat : sum;
    result.vat.set(rate, (result.vat.get(rate) ?? 0) + vat);
  }
  return result;
}
