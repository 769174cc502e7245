// A word to a farm: saved as one types, again when the network is back, and kept on the phone until then.
const form = document.querySelector("[data-sheet]");
const words = form.dataset;
const { person } = document.querySelector("[data-pocket]").dataset;
const PAUSE = 800;
const LONGEST_WAIT = 30_000;

class Note {
  constructor(element) {
    const part = (selector) => element.querySelector(selector);
    Object.assign(this, { stall: element.dataset.note, field: part("[name^=note-]"), seen: part("[name^=noted-]") });
    Object.assign(this, { error: part(".field-error"), state: part("[data-note-state]"), tries: 0, busy: false });
    this.place = `note ${person} ${form.household.value} ${this.stall}`;
    this.field.addEventListener("input", () => this.typed(PAUSE));
    this.field.addEventListener("change", () => this.typed(0));
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // it would press the form's first button
      this.typed(0);
    });
    const kept = recall(this.place);
    if (kept === null || this.isSaved(kept) || this.field.disabled) return;
    this.field.value = kept;
    element.open = true;
    this.typed(0);
  }

  isSaved(text) {
    return text.trim() === this.seen.value;
  }

  typed(pause) {
    recall(this.place, this.field.value);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), pause);
  }

  async save() {
    clearTimeout(this.timer);
    if (this.busy || this.field.disabled) return;
    const text = this.field.value;
    if (this.isSaved(text)) return recall(this.place, null);
    this.busy = true;
    this.show("saving", words.saySaving);
    try {
      const response = await fetch(words.notes, {
        method: "POST",
        keepalive: true,
        headers: { Accept: "application/json", "X-CSRFToken": form.csrfmiddlewaretoken.value },
        body: new URLSearchParams({ household: form.household.value, stall: this.stall, seen: this.seen.value, text }),
      });
      if (response.status >= 500) throw new TypeError("nobody is there");
      this.answered(response.ok, await response.json(), text);
    } catch {
      this.show("waiting", words.sayWaiting);
      this.timer = setTimeout(() => this.save(), Math.min(1000 * 2 ** this.tries++, LONGEST_WAIT));
    }
    this.busy = false;
    if (!this.timer && this.field.value !== text) this.save();
  }

  answered(ok, answer, text) {
    this.tries = 0;
    this.timer = 0;
    if (ok) this.seen.value = answer.note;
    else if (answer.theirs !== undefined) this.seen.value = answer.theirs;
    if (ok && this.field.value === text) recall(this.place, null);
    this.error.hidden = ok;
    this.error.firstElementChild.textContent = ok ? "" : answer.sentence;
    this.field.toggleAttribute("aria-invalid", !ok);
    this.show(ok ? "saved" : "", ok ? words.sayEmpty : "");
  }

  show(state, text) {
    this.state.textContent = text;
    if (state) this.state.dataset.state = state;
    else delete this.state.dataset.state;
  }
}

// Some browsers keep nothing: then the page alone does.
function recall(place, text) {
  try {
    if (text === undefined) return localStorage.getItem(place);
    if (text === null) localStorage.removeItem(place);
    else localStorage.setItem(place, text);
  } catch {
    return null;
  }
}

const notes = [...form.querySelectorAll("[data-note]")].map((element) => new Note(element));
addEventListener("online", () => notes.forEach((note) => note.save()));
addEventListener("pagehide", () => notes.forEach((note) => note.timer && note.save()));
