"""The offline base map: which outlines ship for a city, and the world for the rest."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.templatetags.static import static

WORLD = "-170,-56,178,72"


@dataclass(frozen=True, slots=True)
class BaseMap:
    """`layers` is JSON for the page's script (layer -> address), `bounds` is "west,south,east,north"."""

    layers: str
    bounds: str
    credit: str


@dataclass(frozen=True, slots=True)
class _City:
    folder: str
    bounds: str
    credit: str


CITIES = {
    "boston": _City("boston", "-71.185,42.235,-70.985,42.395", "Natural Earth · Inside Airbnb, CC BY 4.0"),
}


def base_map(city: str = "") -> BaseMap:
    """The map of a city by its name, or of the world."""
    known = CITIES.get(city.strip().lower())
    if known is None:
        layers = {"land": "world-land", "areas": "world-countries", "labels": "world-places"}
        return BaseMap(_addresses(layers), WORLD, "Natural Earth")
    outlines = f"{known.folder}/neighbourhoods"
    layers = {"land": f"{known.folder}/land", "areas": outlines, "labels": outlines}
    return BaseMap(_addresses(layers), known.bounds, known.credit)


def _addresses(layers: dict[str, str]) -> str:
    return json.dumps({layer: static(f"map/{name}.geojson") for layer, name in layers.items()})
