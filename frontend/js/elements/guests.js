// <fh-guests>: number fields with − and + and a summary line ("2 adults, 1 child").
class Guests extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-by]");
      if (!button) return;
      const input = button.parentElement.querySelector("input");
      button.dataset.by === "1" ? input.stepUp() : input.stepDown();
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    this.addEventListener("input", () => this.show());
    this.addEventListener("change", () => this.show());
    this.show();
  }

  show() {
    const plural = new Intl.PluralRules(document.documentElement.lang || "en");
    const words = [];
    for (const input of this.querySelectorAll("input[type=number]")) {
      const [less, more] = input.parentElement.querySelectorAll("[data-by]");
      const value = Number(input.value);
      less.disabled = value <= Number(input.min);
      more.disabled = input.max !== "" && value >= Number(input.max);
      const word = plural.select(value) === "one" ? input.dataset.one : input.dataset.many;
      if (value) words.push(`${value} ${word}`);
    }
    const line = this.querySelector("[data-value]");
    if (line) line.textContent = words.join(", ");
  }
}

customElements.define("fh-guests", Guests);
