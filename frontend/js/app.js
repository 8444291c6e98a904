// What every page loads. Pages work without it; the elements below only make them quicker to use.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./elements/combobox.js";
import "./elements/countdown.js";
import "./elements/dates.js";
import "./elements/guests.js";
import "./elements/calendar.js";
import "./elements/map.js";
import "./elements/wait.js";
import "./elements/passkey.js";
import "./forms.js";
import "./frame.js";
import "./gallery.js";
import "./results.js";

window.htmx = htmx;
