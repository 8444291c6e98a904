// <fh-combobox data-src="…">: a text field that suggests what may be meant. Without this script it is a plain field.
// The pattern is ARIA's combobox with a listbox: focus stays in the field, arrows move through the options.
class Combobox extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.list = this.querySelector("[role=listbox]");
    this.status = this.querySelector("[role=status]");
    this.input.removeAttribute("list");
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-autocomplete", "list");
    this.input.setAttribute("aria-controls", this.list.id);
    this.close();
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), 150);
    });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    // The field keeps the focus while somebody points at an option.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.choose(event.target.closest("[role=option]")));
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.asked?.abort();
  }

  get options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  async ask() {
    this.asked?.abort();
    this.asked = new AbortController();
    const text = this.input.value.trim();
    if (!text) return this.close();
    const url = new URL(this.dataset.src, location.href);
    url.searchParams.set("place", text);
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true" }, signal: this.asked.signal });
      if (!answer.ok || document.activeElement !== this.input) return;
      this.show(await answer.text());
    } catch {
      // Aborted, or offline: the field works on.
    }
  }

  show(html) {
    this.list.innerHTML = html;
    this.options.forEach((option, index) => (option.id = `${this.list.id}-${index}`));
    const count = this.options.length;
    this.status.textContent = count ? this.dataset.count.replace("{n}", count) : this.dataset.none;
    this.toggle(count > 0);
  }

  toggle(open) {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    if (!open) this.mark(null);
  }

  close() {
    clearTimeout(this.timer);
    this.toggle(false);
  }

  mark(option) {
    for (const each of this.options) each.setAttribute("aria-selected", String(each === option));
    if (option) {
      this.input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
    this.marked = option;
  }

  key(event) {
    const open = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return this.ask();
      const steps = [null, ...this.options];
      const by = event.key === "ArrowDown" ? 1 : -1;
      this.mark(steps[(steps.indexOf(this.marked) + by + steps.length) % steps.length]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (event.key === "Enter" && open && this.marked) {
      event.preventDefault();
      this.choose(this.marked);
    } else if (event.key === "Tab") this.close();
  }

  choose(option) {
    if (!option) return;
    if (option.dataset.url) {
      location.assign(option.dataset.url);
      return;
    }
    this.input.value = option.dataset.value;
    this.close();
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

customElements.define("fh-combobox", Combobox);
