// <fh-wait data-seconds="42" data-waits="… {seconds} …">: a button that may be pressed again after a while.
class Wait extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.words ??= this.button.textContent;
    this.until = performance.now() + Number(this.dataset.seconds) * 1000;
    this.timer = setInterval(() => this.tick(), 250);
    this.tick();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  tick() {
    const left = Math.ceil((this.until - performance.now()) / 1000);
    const waits = left > 0;
    const text = waits ? this.dataset.waits.replace("{seconds}", left) : this.words;
    if (this.button.textContent !== text) this.button.textContent = text;
    this.button.disabled = waits;
    if (!waits) clearInterval(this.timer);
  }
}

customElements.define("fh-wait", Wait);
