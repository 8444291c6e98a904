// <fh-dates>: two plain date inputs become one button with a two-month range picker. The picker's code is fetched
// when it is first opened; the inputs stay in the form and carry the values.
import { fill, nightsBetween, shortDay, toIso } from "../format.js";

class Dates extends HTMLElement {
  connectedCallback() {
    [this.from, this.to] = this.querySelectorAll("input[type=date]");
    this.button = this.querySelector("button[data-opener]");
    this.pop = this.querySelector(".pop");
    this.querySelector("[data-plain]").hidden = true;
    this.button.hidden = false;
    this.show();
    this.button.addEventListener("click", () => this.toggle(this.pop.hidden));
    this.outside = (event) => this.contains(event.target) || this.toggle(false);
    document.addEventListener("click", this.outside);
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.pop.hidden) return;
      this.toggle(false);
      this.button.focus();
    });
    for (const input of [this.from, this.to]) input.addEventListener("change", () => this.show());
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.outside);
  }

  async toggle(open) {
    this.pop.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    await import(this.dataset.module);
    if (!this.range) this.build();
    this.range.value = this.from.value && this.to.value ? `${this.from.value}/${this.to.value}` : "";
    if (this.from.value) this.range.focusedDate = this.from.value;
    this.range.focus();
  }

  build() {
    const range = document.createElement("calendar-range");
    const wide = matchMedia("(width >= 840px)").matches;
    range.months = wide ? 2 : 1;
    range.min = this.dataset.min || toIso(new Date());
    range.locale = document.documentElement.lang || "en";
    range.firstDayOfWeek = Number(this.dataset.weekStart ?? 0);
    const pair = document.createElement("div");
    pair.className = "cal-pair";
    for (let offset = 0; offset < range.months; offset++) {
      const month = document.createElement("calendar-month");
      if (offset) month.setAttribute("offset", String(offset));
      pair.append(month);
    }
    for (const [slot, icon] of [
      ["previous", "chevron-left"],
      ["next", "chevron-right"],
    ]) {
      const holder = this.querySelector(`template[data-icon="${icon}"]`).content.firstElementChild.cloneNode(true);
      holder.slot = slot;
      range.append(holder);
    }
    range.append(pair);
    range.addEventListener("change", () => {
      const [from, to] = range.value.split("/");
      // One night at least: the same day twice is a slip of the finger.
      if (!to || from === to) return;
      this.set(from, to);
      this.toggle(false);
      this.button.focus();
    });
    this.range = range;
    this.pop.querySelector("[data-calendar]").append(range);
    this.pop.querySelector("[data-clear]").addEventListener("click", () => {
      this.set("", "");
      range.value = "";
    });
  }

  set(from, to) {
    this.from.value = from;
    this.to.value = to;
    this.show();
    this.to.dispatchEvent(new Event("change", { bubbles: true }));
  }

  show() {
    const value = this.button.querySelector("[data-value]");
    const [from, to] = [this.from.value, this.to.value];
    const both = from && to;
    value.classList.toggle("is-blank", !both);
    value.textContent = both
      ? fill(this.dataset.range, { from: shortDay(from), to: shortDay(to), nights: nightsBetween(from, to) })
      : this.dataset.blank;
  }
}

customElements.define("fh-dates", Dates);
