// Quantities are integers in thousandths, amounts integers in cents: nothing is ever rounded but a line, once, half up, as cagette/money.py does.
const language = document.documentElement.lang || "fr";
const euros = new Intl.NumberFormat(language === "en" ? "en-GB" : language, { style: "currency", currency: "EUR" });
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

export function amount(thousandths, centsEach) {
  return Math.floor((thousandths * centsEach + 500) / 1000);
}

export function money(inCents) {
  return euros.format(inCents / 100);
}
