// <fh-map>: a light shell. MapLibre weighs ten times the rest of the page, so it is fetched when the map comes
// into view, and a page without WebGL keeps its list and the address.
class MapElement extends HTMLElement {
  connectedCallback() {
    this.watch = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) this.load();
    });
    this.watch.observe(this);
  }

  disconnectedCallback() {
    this.watch.disconnect();
    this.view?.destroy();
  }

  async load() {
    this.watch.disconnect();
    try {
      const { MapView } = await import(this.dataset.module);
      this.view = new MapView(this);
    } catch (error) {
      console.error(error);
      this.querySelector(".map-none")?.removeAttribute("hidden");
    }
  }

  refresh() {
    this.view?.refresh();
  }
}

customElements.define("fh-map", MapElement);
