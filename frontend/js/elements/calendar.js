// <fh-calendar>: picks a stay in the calendar that the server drew. The server's table already says which days are
// closed and why; this adds the range, the arrow keys and the reason line, and fills the form's date fields. Where a stay
// may begin and end, and how long it may be from each day, is in the table too: a choice that it lets through can be had.
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

  /** Without date fields (until cancelled, there is nothing to choose) the calendar is only looked at. */
  get from() {
    return this.form.elements.check_in ?? { value: "" };
  }

  get to() {
    return this.form.elements.check_out ?? { value: "" };
  }

  /** The box's date buttons lead here: this calendar knows what is free, a native picker does not. */
  open() {
    this.scrollIntoView({ behavior: "smooth", block: "center" });
    this.querySelector('.day[tabindex="0"]')?.focus({ preventScroll: true });
  }

  days() {
    return [...this.querySelectorAll(".day")];
  }

  /** Whether the next day that is picked is the one of departure. */
  isEnding(day) {
    return Boolean(this.from.value) && !this.to.value && day.dataset.date > this.from.value;
  }

  isClosed(day) {
    return Boolean(this.isEnding(day) ? this.whyNotEnd(day) : day.dataset.whyIn);
  }

  explain(day) {
    if (!day) return;
    const reason = this.isEnding(day) ? this.whyNotEnd(day) : day.dataset.whyIn;
    this.why.textContent = reason || fill(this.dataset.open, { day: longDay(day.dataset.date) });
  }

  /** Why no stay from the chosen arrival ends on the day; empty when one does. */
  whyNotEnd(day) {
    const count = nightsBetween(this.from.value, day.dataset.date);
    const { least, most } = this.lengths();
    if (count < least) return fill(this.dataset.tooShort, { nights: least });
    if (most && count > most) return this.firstClosedNight(day) || fill(this.dataset.tooLong, { nights: most });
    return day.dataset.whyOut || "";
  }

  /** How long a stay from the chosen arrival may be. The form remembers it while other months are shown. */
  lengths() {
    const arrival = this.querySelector(`[data-date="${this.from.value}"]`);
    if (arrival) this.form.dataset.lengths = `${this.from.value} ${arrival.dataset.least || 1} ${arrival.dataset.most || 0}`;
    const [date, least, most] = (this.form.dataset.lengths || "").split(" ");
    return date === this.from.value ? { least: Number(least), most: Number(most) } : { least: 1, most: 0 };
  }

  /** Nobody sleeps there on the night of departure, so that one may be closed. */
  firstClosedNight(end) {
    const nights = this.days().filter(({ dataset }) => dataset.date >= this.from.value && dataset.date < end.dataset.date);
    return nights.find((day) => day.dataset.why)?.dataset.why;
  }

  pick(day) {
    if (!day || !this.form.elements.check_in) return;
    this.explain(day);
    if (this.isClosed(day)) return;
    const date = day.dataset.date;
    if (this.isEnding(day)) {
      this.to.value = date;
    } else {
      this.from.value = date;
      this.to.value = "";
      this.why.textContent = fill(this.dataset.chooseEnd, { day: longDay(date) });
    }
    this.paint();
    if (this.to.value) this.to.dispatchEvent(new Event("change", { bubbles: true }));
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
      if (this.isClosed(day)) day.setAttribute("aria-disabled", "true");
      else day.removeAttribute("aria-disabled");
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
