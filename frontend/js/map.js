// The map of results and of one place, on outlines that ship with Freehold: no tile server is needed. Text stands
// in HTML markers because an offline style has no glyphs.
import { Map as MapLibre, Marker, setWorkerUrl } from "maplibre-gl";
import { fill } from "./format.js";

const palettes = {
  light: { water: "#d5e2e6", land: "#f4f1ea", area: "#faf8f4", edge: "#dcd6c9", far: "#ece8df" },
  dark: { water: "#17232a", land: "#222622", area: "#282d29", edge: "#3b423c", far: "#1e221f" },
};

const dark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

/** `layers` names the outlines that ship for this city; a tile server, when one is set, is drawn over them. */
function style({ layers: addresses, tiles }) {
  const colour = palettes[dark() ? "dark" : "light"];
  const outlines = JSON.parse(addresses);
  const sources = {};
  for (const name of ["land", "areas"]) sources[name] = { type: "geojson", data: outlines[name] };
  const fill = (id, source, value, filter) => ({
    id,
    type: "fill",
    source,
    paint: { "fill-color": value },
    ...(filter && { filter }),
  });
  const isWater = ["==", ["get", "kind"], "water"];
  const layers = [
    { id: "sea", type: "background", paint: { "background-color": colour.water } },
    fill("land", "land", colour.far, ["!", isWater]),
    // Rivers and docks that the coast line is too coarse for.
    fill("water", "land", colour.water, isWater),
    fill("areas", "areas", colour.area),
    {
      id: "edges",
      type: "line",
      source: "areas",
      paint: { "line-color": colour.edge, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 15, 1.6] },
    },
  ];
  if (tiles) {
    sources.tiles = { type: "raster", tiles: [tiles], tileSize: 256 };
    layers.push({ id: "tiles", type: "raster", source: "tiles" });
  }
  return { version: 8, sources, layers };
}

const numbers = (text) => text.split(",").map(Number);

export class MapView {
  constructor(element) {
    this.element = element;
    this.data = element.dataset;
    this.markers = new Map();
    this.labels = [];
    setWorkerUrl(this.data.worker);
    this.map = new MapLibre({
      container: element.querySelector("[data-canvas]"),
      style: style(this.data),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      maxZoom: 17,
      // The world, when nothing was found and no city is meant.
      minZoom: 1,
      fadeDuration: 0,
      ...this.start(),
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.getCanvas().setAttribute("aria-label", this.data.label);
    this.map.on("load", () => this.ready());
    this.onTheme = () => this.map.setStyle(style(this.data), { diff: true });
    document.addEventListener("fh:theme", this.onTheme);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.scheme.addEventListener("change", this.onTheme);
    for (const button of element.querySelectorAll("[data-zoom]"))
      button.addEventListener("click", () => this.map.zoomTo(this.map.getZoom() + Number(button.dataset.zoom)));
  }

  destroy() {
    document.removeEventListener("fh:theme", this.onTheme);
    this.scheme.removeEventListener("change", this.onTheme);
    this.map.remove();
  }

  start() {
    if (this.data.centre) return { center: numbers(this.data.centre), zoom: Number(this.data.zoom || 13.5) };
    const [west, south, east, north] = numbers(this.data.bounds);
    return { bounds: [west, south, east, north], fitBoundsOptions: { padding: 48, maxZoom: 14 } };
  }

  async ready() {
    this.element.classList.add("is-ready");
    await this.label();
    if (this.data.centre) this.dot();
    if (!this.data.pins) return;
    this.moved = false;
    this.map.on("movestart", (event) => (this.moved ||= Boolean(event.originalEvent)));
    this.map.on("zoomstart", (event) => (this.moved ||= Boolean(event.originalEvent)));
    this.map.on("moveend", () => this.follow());
    this.map.on("click", () => this.closeCard());
    await this.refresh();
  }

  /** Names of neighbourhoods and waters; where two would overlap, the larger one stays. */
  async label() {
    if (this.data.tiles) return;
    const { labels, land } = JSON.parse(this.data.layers);
    const files = await Promise.all([labels, land].map(async (address) => (await fetch(address)).json()));
    const named = files.flatMap((file) => file.features).filter((feature) => feature.properties.name);
    for (const { properties, geometry } of named) {
      const text = document.createElement("div");
      text.className = properties.kind === "water" ? "map-label map-label-water" : "map-label";
      text.textContent = properties.name;
      const box = boundsOf(geometry);
      const marker = new Marker({ element: text }).setLngLat(properties.label ?? middle(box)).addTo(this.map);
      // The list says all of this in words; the marker's own role would repeat it.
      text.removeAttribute("role");
      text.removeAttribute("aria-label");
      text.setAttribute("aria-hidden", "true");
      this.labels.push({ marker, text, size: (box[2] - box[0]) * (box[3] - box[1]) });
    }
    this.labels.sort((one, other) => other.size - one.size);
    if (!this.data.pins) this.map.on("move", () => this.thin());
    this.thin();
  }

  thin() {
    const bounds = this.map.getBounds();
    const taken = [...this.markers.values()].map((marker) => {
      const { x, y } = this.map.project(marker.getLngLat());
      return [x - 26, y - 16, x + 26, y + 16];
    });
    for (const { marker, text } of this.labels) {
      const { x, y } = this.map.project(marker.getLngLat());
      const half = text.textContent.length * 3.6 + 8;
      const box = [x - half, y - 12, x + half, y + 12];
      const free = bounds.contains(marker.getLngLat()) && taken.every((other) => box[0] > other[2] || box[2] < other[0] || box[1] > other[3] || box[3] < other[1]);
      text.hidden = !free;
      if (free) taken.push(box);
    }
  }

  dot() {
    const dot = this.element.querySelector("template[data-dot]").content.firstElementChild.cloneNode(true);
    new Marker({ element: dot }).setLngLat(numbers(this.data.centre)).addTo(this.map);
    dot.removeAttribute("role");
    dot.removeAttribute("aria-label");
  }

  follow() {
    if (!this.moved) return;
    this.moved = false;
    const bounds = this.map.getBounds();
    const box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    const detail = { bbox: box.map((value) => value.toFixed(5)).join(",") };
    document.dispatchEvent(new CustomEvent("fh:map-moved", { detail }));
  }

  /** The pins of the search that the address bar holds; the server groups them when there are many. */
  async refresh() {
    const source = document.getElementById(this.data.pins);
    if (!source) return;
    const pins = JSON.parse(source.textContent);
    const features = pins.map((pin) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [pin.lng, pin.lat] },
      properties: pin,
    }));
    const data = { type: "FeatureCollection", features };
    const known = this.map.getSource("pins");
    if (known) known.setData(data);
    else {
      // A feature may already be a group that the server made: groups of groups add up.
      const places = ["+", ["coalesce", ["get", "count"], 1]];
      const grouping = { cluster: true, clusterRadius: 62, clusterMaxZoom: 16, clusterProperties: { places } };
      this.map.addSource("pins", { type: "geojson", data, ...grouping });
      // querySourceFeatures sees only tiles that some layer asks for.
      this.map.addLayer({ id: "pins", type: "circle", source: "pins", paint: { "circle-radius": 0 } });
      this.map.on("data", (event) => event.sourceId === "pins" && event.isSourceLoaded && this.place());
      this.map.on("move", () => this.place());
      // Old tiles answer until the new ones are there.
      this.map.on("idle", () => this.place());
    }
    this.place();
  }

  place() {
    if (!this.map.getSource("pins") || !this.map.isSourceLoaded("pins")) return;
    const seen = new Set();
    for (const { properties, geometry } of this.map.querySourceFeatures("pins")) {
      const grouped = properties.cluster ? `c${properties.cluster_id}-${properties.places}` : `g${properties.box}`;
      const key = properties.id ? `p${properties.id}` : grouped;
      if (seen.has(key)) continue;
      seen.add(key);
      if (this.markers.has(key)) continue;
      const element = properties.id ? this.pin(properties) : this.group(properties, geometry);
      const marker = new Marker({ element }).setLngLat(geometry.coordinates).addTo(this.map);
      element.removeAttribute("role");
      this.markers.set(key, marker);
    }
    for (const [key, marker] of this.markers)
      if (!seen.has(key)) {
        marker.remove();
        this.markers.delete(key);
      }
    this.thin();
  }

  pin({ id, price }) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pin";
    button.dataset.listing = id;
    button.textContent = price;
    button.setAttribute("aria-label", fill(this.data.pinLabel, { price }));
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      this.openCard(id);
    });
    return button;
  }

  group({ cluster_id: id, places, count = places, box }, { coordinates }) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pin pin-many";
    button.textContent = count;
    button.setAttribute("aria-label", fill(this.data.groupLabel, { count }));
    button.addEventListener("click", async (event) => {
      event.stopPropagation();
      this.moved = true;
      if (box) return this.map.fitBounds(JSON.parse(box), { padding: 64, maxZoom: 17 });
      const zoom = await this.map.getSource("pins").getClusterExpansionZoom(id);
      this.map.easeTo({ center: coordinates, zoom: Math.min(zoom + 0.4, 17) });
    });
    return button;
  }

  async openCard(id) {
    const box = this.element.querySelector(".map-card");
    const url = new URL(this.data.card, location.href);
    url.search = location.search;
    url.searchParams.set("listing", id);
    const answer = await fetch(url, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    box.innerHTML = await answer.text();
    box.querySelector("a")?.focus({ preventScroll: true });
    box.querySelector("[data-card-close]")?.addEventListener("click", () => this.closeCard());
  }

  closeCard() {
    this.element.querySelector(".map-card")?.replaceChildren();
  }
}

/** [west, south, east, north] of any geometry. */
function boundsOf({ coordinates }) {
  const points = coordinates.flat(Infinity);
  const along = (offset) => points.filter((_, index) => index % 2 === offset);
  const [longitudes, latitudes] = [along(0), along(1)];
  return [Math.min(...longitudes), Math.min(...latitudes), Math.max(...longitudes), Math.max(...latitudes)];
}

const middle = ([west, south, east, north]) => [(west + east) / 2, (south + north) / 2];
