// Checks a form on blur and on submit with the browser's own rules, beside the field and in a summary that takes
// focus. The server checks again and answers in the same shape, so this file only saves a round trip.
const controls = (form) => [...form.elements].filter((item) => item.name && item.willValidate);

function slotOf(control) {
  return control.closest(".field")?.querySelector(".field-error");
}

function mark(control) {
  const slot = slotOf(control);
  if (!slot) return;
  const fine = control.validity.valid;
  control.setAttribute("aria-invalid", String(!fine));
  const text = fine ? "" : control.dataset[problem(control)] || control.validationMessage;
  slot.replaceChildren();
  if (text) {
    const line = document.createElement("span");
    line.textContent = text;
    slot.append(line);
  }
}

function problem(control) {
  if (control.validity.valueMissing) return "errorRequired";
  if (control.validity.typeMismatch) return "errorType";
  return "errorOther";
}

function labelOf(control) {
  return control.closest(".field")?.querySelector(".field-label")?.firstChild?.textContent.trim() || control.name;
}

function summarise(form, bad) {
  let box = form.querySelector(".error-summary");
  if (!bad.length) {
    box?.remove();
    return;
  }
  if (!box) {
    box = document.createElement("div");
    box.className = "error-summary wide";
    box.tabIndex = -1;
    box.setAttribute("role", "alert");
    form.prepend(box);
  }
  const title = document.createElement("h2");
  title.textContent = form.dataset.errorTitle;
  const list = document.createElement("ul");
  for (const control of bad) {
    const link = document.createElement("a");
    link.href = `#${control.id}`;
    const item = document.createElement("li");
    link.textContent = `${labelOf(control)}: ${slotOf(control)?.textContent.trim() || control.validationMessage}`;
    item.append(link);
    list.append(item);
  }
  box.replaceChildren(title, list);
  box.focus();
}

for (const form of document.querySelectorAll("form[data-checks]")) form.noValidate = true;

const isChecked = (control) => control.form?.matches("[data-checks]") && control.willValidate;

document.addEventListener("focusout", (event) => {
  const control = event.target;
  if (!isChecked(control)) return;
  // On the way to the button nothing may move under the pointer: the submit checks everything anyway.
  if (event.relatedTarget?.type === "submit") return;
  // An untouched empty field is no mistake yet.
  if (control.value) mark(control);
});

// A mistake goes away while it is being mended, not when the field is left.
document.addEventListener("input", (event) => {
  const control = event.target;
  if (isChecked(control) && control.getAttribute("aria-invalid") === "true") mark(control);
});

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.matches("[data-checks]")) return;
    const all = controls(form);
    all.forEach(mark);
    const bad = all.filter((control) => !control.validity.valid);
    summarise(form, bad);
    if (bad.length) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  },
  { capture: true },
);

// A second click must not send the form twice. The name and value of the button still travel with the first one.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.matches("[hx-get], [hx-post]")) return;
  const button = event.submitter;
  if (button) setTimeout(() => button.setAttribute("aria-busy", "true"));
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll('[aria-busy="true"]')) button.removeAttribute("aria-busy");
});

for (const link of document.querySelectorAll(".error-summary")) link.focus();
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".error-summary a");
  if (!link) return;
  event.preventDefault();
  document.getElementById(link.hash.slice(1))?.focus();
});
