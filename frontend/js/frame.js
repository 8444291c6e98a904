// Theme, menus, dialogs, toasts, the viewer's time zone: things that stand around every page.
const year = 60 * 60 * 24 * 365;
const remember = (name, value) => {
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${value ? year : 0}; samesite=lax`;
};

// The server prints instants in the property's zone and says so when the viewer lives in another one.
remember("tz", Intl.DateTimeFormat().resolvedOptions().timeZone || "");

function showTheme() {
  const theme = document.documentElement.dataset.theme || "auto";
  for (const button of document.querySelectorAll("[data-theme-set]"))
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === theme));
}

function setTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  remember("theme", theme === "auto" ? "" : theme);
  showTheme();
  document.dispatchEvent(new CustomEvent("fh:theme"));
}

export function toast(text) {
  const region = document.getElementById("toasts");
  const item = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  item.querySelector("span").textContent = text;
  region.append(item);
  setTimeout(() => item.remove(), 8000);
}

document.addEventListener("click", (event) => {
  const from = (selector) => event.target.closest?.(selector);

  const theme = from("[data-theme-set]");
  if (theme) setTheme(theme.dataset.themeSet);

  const opener = from("[data-opens]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.opens)?.showModal();
  }
  if (from("[data-closes]")) from("dialog")?.close();
  if (event.target instanceof HTMLDialogElement && !event.target.matches(".lightbox")) event.target.close();
  if (from("[data-dismisses]")) from(".toast, .alert")?.remove();
  if (from("[data-reloads]")) location.reload();
  if (from("[data-prints]")) print();

  // One open menu at a time; a click elsewhere closes it.
  for (const menu of document.querySelectorAll("details.menu[open], details.filter[open], details.guests[open]"))
    if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open], details.filter[open], details.guests[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// HX-Trigger: {"toast": "Saved"}
document.addEventListener("toast", (event) => toast(event.detail?.value ?? event.detail));

// A request that never reached the server leaves the page as it is and says so.
document.addEventListener("htmx:error", () => {
  const text = document.getElementById("toasts").dataset;
  toast(navigator.onLine ? text.failed : text.offline);
});
for (const name of ["online", "offline"])
  addEventListener(name, () => {
    document.getElementById("offline")?.toggleAttribute("hidden", navigator.onLine);
  });

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copies]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copies);
  toast(button.dataset.copied);
});

showTheme();

// Menus that are pushed aside on a phone begin where one is.
for (const here of document.querySelectorAll(".console-menu [aria-current], .console-tabs [aria-current]"))
  here.scrollIntoView({ block: "nearest", inline: "center" });
