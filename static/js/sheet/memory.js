// What the sheet held last, remembered on this phone: a guest's choices, and for a member's copy that is read without a network.
export class Memory {
  constructor(name, lines) {
    Object.assign(this, { name, lines });
  }

  keep() {
    const held = this.lines.filter((line) => line.saved.wanted || line.quantity).map((line) => [line.id, line.held]);
    try {
      localStorage.setItem(this.name, JSON.stringify(Object.fromEntries(held)));
    } catch {
      // Private mode, or a full phone: the page itself still holds them.
    }
  }

  recall() {
    let held;
    try {
      held = JSON.parse(localStorage.getItem(this.name));
    } catch {
      return;
    }
    if (held) for (const line of this.lines) line.learn(held[line.id] ?? ["0", "0", "0", "0", ""], Infinity);
  }
}
