// Saves the changes of one line in order, each once: the next goes when the last was answered, and what got no answer
// goes again with its own key.
const LONGEST_WAIT = 30_000;

export class Saving {
  // `changed` is called whenever `state` is another, `answered` with the status and the JSON of what can't go again.
  constructor(form, names, { changed, answered }) {
    Object.assign(this, { form, names, changed, answered, request: null, state: "", tries: 0 });
  }

  // Nothing to wait for any more, or nothing that waiting would help.
  get busy() {
    return this.request !== null && this.state === "saving";
  }

  send(change) {
    this.request = { key: newKey(), ...change };
    this.go();
  }

  // What failed or waits goes again now.
  again() {
    if (this.request !== null && this.state !== "saving") this.go();
  }

  async go() {
    clearTimeout(this.retry);
    this.turn("saving");
    let response, answer;
    try {
      response = await fetch(this.form.dataset.change, {
        method: "POST",
        keepalive: true,
        headers: { Accept: "application/json", "X-CSRFToken": this.form.csrfmiddlewaretoken.value },
        body: new URLSearchParams({ ...this.request, ...this.names, household: this.form.household.value }),
      });
      if (response.status >= 502) throw new TypeError("nobody is there");
      answer = await response.json().catch(() => ({}));
    } catch {
      this.turn("waiting");
      this.retry = setTimeout(() => this.go(), Math.min(1000 * 2 ** this.tries++, LONGEST_WAIT));
      return;
    }
    this.tries = 0;
    if (response.ok || answer.refused) {
      this.request = null;
      this.turn("");
    } else {
      this.turn("failed");
    }
    this.answered(response.status, answer);
  }

  turn(state) {
    this.state = state;
    this.changed();
  }
}

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
