// List and map of the search results follow each other.
const list = () => document.getElementById("results");

function light(id, on) {
  for (const item of document.querySelectorAll(`[data-listing="${CSS.escape(id)}"]`))
    item.classList.toggle("is-lit", on);
}

for (const [name, on] of [
  ["pointerover", true],
  ["pointerout", false],
  ["focusin", true],
  ["focusout", false],
])
  document.addEventListener(name, (event) => {
    const item = event.target.closest?.("[data-listing]");
    if (item) light(item.dataset.listing, on);
  });

document.addEventListener("click", (event) => {
  const open = event.target.closest?.("[data-map-open]");
  const close = event.target.closest?.("[data-map-close]");
  if (!open && !close) return;
  document.body.classList.toggle("map-shown", Boolean(open));
  const focus = open ? "[data-map-close]" : "[data-map-open]";
  document.querySelector(focus)?.focus();
});

// The map moved and the visitor wants the list to follow: the box goes into the form, the form asks the server.
document.addEventListener("fh:map-moved", (event) => {
  const form = document.getElementById("search-form");
  if (!form || !document.getElementById("follow-map")?.checked) return;
  form.elements.bbox.value = event.detail.bbox;
  form.requestSubmit();
});

// An empty field says nothing: keep it out of the address.
document.addEventListener("formdata", (event) => {
  if (event.target.method !== "get") return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name, value);
});

document.addEventListener("htmx:after:swap", () => {
  if (list()) document.querySelector("fh-map[data-pins]")?.refresh();
});
