// The sentence beside a line's field, with buttons where only a person can choose.
export class Sentence {
  constructor(line, field, id) {
    Object.assign(this, { line, field, id });
    this.element = line.querySelector(".field-error");
  }

  say(text) {
    if (!this.element) {
      this.element = Object.assign(document.createElement("p"), { className: "field-error", id: this.id });
      this.element.setAttribute("role", "alert");
      this.line.append(this.element);
    }
    this.element.replaceChildren(Object.assign(document.createElement("span"), { textContent: text }));
    this.field.setAttribute("aria-invalid", "true");
    this.field.setAttribute("aria-describedby", this.element.id);
  }

  clear() {
    this.element?.remove();
    this.element = null;
    this.field.removeAttribute("aria-invalid");
    this.field.removeAttribute("aria-describedby");
  }

  // `choices` maps what a button says to what it does.
  offer(choices) {
    const row = Object.assign(document.createElement("span"), { className: "actions" });
    for (const [text, act] of choices) row.append(button(text, "button", act));
    this.element.append(row);
  }
}

export function button(text, className, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text, className });
  made.addEventListener("click", act);
  return made;
}
