// Dates as the page's language writes them. Days travel as "2027-06-12" and are never moved through a time zone.
const language = document.documentElement.lang || "en";
const utc = (options) => new Intl.DateTimeFormat(language, { ...options, timeZone: "UTC" });
const short = utc({ weekday: "short", day: "numeric", month: "short" });
const long = utc({ weekday: "long", day: "numeric", month: "long", year: "numeric" });

export const fromIso = (iso) => new Date(`${iso}T00:00:00Z`);
export const toIso = (date) => date.toISOString().slice(0, 10);
export const shortDay = (iso) => short.format(fromIso(iso));
export const longDay = (iso) => long.format(fromIso(iso));
export const nightsBetween = (from, to) => Math.round((fromIso(to) - fromIso(from)) / 864e5);

/** Fills "{name}" in a text that the server translated. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
