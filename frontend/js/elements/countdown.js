// <fh-countdown data-until="…" data-now="…">: what is left of a hold, by the server's clock, not by this device's.
class Countdown extends HTMLElement {
  connectedCallback() {
    this.skew = Date.parse(this.dataset.now) - Date.now();
    this.until = Date.parse(this.dataset.until);
    this.said = Infinity;
    this.tick();
    this.timer = setInterval(() => this.tick(), 250);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  tick() {
    const left = Math.max(0, Math.ceil((this.until - Date.now() - this.skew) / 1000));
    const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    const clock = this.querySelector("[data-clock]");
    if (clock.textContent !== text) clock.textContent = text;
    this.closest(".hold-bar")?.classList.toggle("is-low", left <= 120);
    // Spoken at five, two and one minute only: a live region that counts seconds is noise.
    const mark = [60, 120, 300].find((seconds) => left <= seconds);
    if (mark && mark < this.said && left > 0) {
      this.said = mark;
      this.querySelector("[aria-live]").textContent = this.dataset.say.replace("{minutes}", mark / 60);
    }
    if (left === 0) {
      clearInterval(this.timer);
      // The server decides what an expired hold looks like.
      setTimeout(() => location.reload(), 1500);
    }
  }
}

customElements.define("fh-countdown", Countdown);
