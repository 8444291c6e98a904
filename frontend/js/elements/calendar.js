// <fh-calendar>: picks a stay in the calendar that the server drew. The server's table already says which days are
// closed and why; this adds the range, the arrow keys and the reason line, and fills the form's date fields.
import { fill, fromIso, longDay, nightsBetween, shortDay, toIso } from "../format.js";

class StayCalendar extends HTMLElement {
  connectedCallback() {
    this.form = document.getElementById(this.dataset.form);
    this.why = this.querySelector("[data-explains]");
    this.addEventListener("click", (event) => this.pick(event.target.closest(".day")));
    this.addEventListener("keydown", (event) => this.walk(event));
    for (const name of ["pointerover", "focusin"])
      this.addEventListener(name, (event) => this.explain(event.target.closest(".day")));
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.form.addEventListener("change", () => this.paint(), { signal });
    this.form.addEventListener("click", (event) => event.target.closest("[data-calendar-opens]") && this.open(), { signal });
    document.addEventListener("htmx:after:swap", () => this.paint(), { signal });
    this.paint();
  }

  disconnectedCallback() {
    this.abort?.abort();
  }

  get from() {
    return this.form.elements.check_in;
  }

  get to() {
    return this.form.elements.check_out;
  }

  /** The box's date buttons lead here: this calendar knows what is free, a native picker does not. */
  open() {
    this.scrollIntoView({ behavior: "smooth", block: "center" });
    this.querySelector('.day[tabindex="0"]')?.focus({ preventScroll: true });
  }

  days() {
    return [...this.querySelectorAll(".day")];
  }

  explain(day) {
    if (!day) return;
    this.why.textContent = day.dataset.why || fill(this.dataset.open, { day: longDay(day.dataset.date) });
  }

  pick(day) {
    if (!day) return;
    this.explain(day);
    const date = day.dataset.date;
    const starting = !this.from.value || this.to.value || date <= this.from.value;
    if (starting) {
      if (day.getAttribute("aria-disabled") === "true") return;
      this.from.value = date;
      this.to.value = "";
      this.why.textContent = fill(this.dataset.chooseEnd, { day: longDay(date) });
    } else {
      const closed = this.firstClosedNight(this.from.value, date);
      if (closed) {
        this.why.textContent = closed.dataset.why;
        return;
      }
      const least = Number(this.dataset.least || 1);
      if (nightsBetween(this.from.value, date) < least) {
        this.why.textContent = fill(this.dataset.tooShort, { nights: least });
        return;
      }
      this.to.value = date;
    }
    this.paint();
    if (this.to.value) this.to.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** The departure day itself may be closed: nobody sleeps there that night. */
  firstClosedNight(from, to) {
    return this.days().find(
      (day) => day.dataset.date >= from && day.dataset.date < to && day.getAttribute("aria-disabled") === "true",
    );
  }

  paint() {
    const [from, to] = [this.from.value, this.to.value];
    for (const plain of this.form.querySelectorAll("[data-plain]")) plain.hidden = true;
    for (const button of this.form.querySelectorAll("[data-calendar-opens]")) {
      const date = this.form.elements[button.dataset.calendarOpens].value;
      const line = button.querySelector(".searchbar-value");
      line.textContent = date ? shortDay(date) : this.dataset.noDate;
      line.classList.toggle("is-blank", !date);
      button.hidden = false;
    }
    for (const day of this.days()) {
      const date = day.dataset.date;
      day.classList.toggle("is-start", date === from);
      day.classList.toggle("is-alone", date === from && !to);
      day.classList.toggle("is-end", Boolean(to) && date === to);
      day.classList.toggle("in-range", Boolean(to) && date > from && date < to);
      day.setAttribute("aria-pressed", String(date === from || (Boolean(to) && date === to)));
      day.tabIndex = -1;
    }
    const entry = this.querySelector(".day.is-start") || this.querySelector('.day:not([aria-disabled="true"])');
    (entry || this.querySelector(".day"))?.setAttribute("tabindex", "0");
  }

  walk(event) {
    const day = event.target.closest(".day");
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (!day || !by) return;
    event.preventDefault();
    const date = fromIso(day.dataset.date);
    date.setUTCDate(date.getUTCDate() + by);
    const next = this.querySelector(`[data-date="${toIso(date)}"]`);
    if (!next) return;
    day.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

customElements.define("fh-calendar", StayCalendar);
