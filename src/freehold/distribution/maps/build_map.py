"""Make the offline base map's files:

python -m freehold.distribution.maps.build_map NATURAL_EARTH CITY_AREAS TARGET

NATURAL_EARTH holds the extracts of Natural Earth, CITY_AREAS the neighbourhood polygons of the
demonstration's city. Coordinates are rounded to what the eye can see at the scale a file is for, and
properties are cut to what is drawn.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

Ring = list[list[float]]
Feature = dict[str, Any]

_WORLD_PLACES, _CITY_PLACES = 2, 5
_GRID = 48

# Natural Earth's coast is too coarse for a city's own rivers and docks. These shapes were drawn by hand over
# the city's outline; they lie under the neighbourhoods, so that only the edge away from the city has to be
# right.
_BOSTON_WATER: dict[str, Ring] = {
    "Charles River": [
        [-71.0615, 42.3705],
        [-71.0710, 42.3692],
        [-71.0752, 42.3668],
        [-71.0795, 42.3623],
        [-71.0852, 42.3592],
        [-71.0925, 42.3571],
        [-71.1009, 42.3548],
        [-71.1105, 42.3538],
        [-71.1152, 42.3556],
        [-71.1163, 42.3584],
        [-71.1163, 42.3688],
        [-71.1219, 42.3700],
        [-71.1251, 42.3733],
        [-71.1318, 42.3746],
        [-71.1305, 42.3700],
        [-71.1360, 42.3662],
        [-71.1405, 42.3632],
        [-71.1470, 42.3612],
        [-71.1522, 42.3588],
        [-71.1610, 42.3580],
        [-71.1670, 42.3598],
        [-71.1700, 42.3570],
        [-71.1500, 42.3560],
        [-71.1290, 42.3660],
        [-71.1200, 42.3660],
        [-71.1200, 42.3530],
        [-71.1000, 42.3480],
        [-71.0790, 42.3520],
        [-71.0680, 42.3600],
        [-71.0600, 42.3660],
    ],
    "Boston Harbor": [
        [-71.0481, 42.3882],
        [-71.0372, 42.3868],
        [-71.041, 42.3647],
        [-71.0251, 42.3654],
        [-71.026, 42.3577],
        [-71.0045, 42.346],
        [-71.0017, 42.337],
        [-71.0111, 42.3315],
        [-71.0223, 42.337],
        [-71.0391, 42.3381],
        [-71.0438, 42.337],
        [-71.0616, 42.3423],
        [-71.0612, 42.3453],
        [-71.0569, 42.346],
        [-71.0522, 42.3508],
        [-71.056, 42.355],
        [-71.0522, 42.3685],
        [-71.0625, 42.3681],
        [-71.0644, 42.3702],
        [-71.0578, 42.373],
        [-71.0503, 42.3785],
    ],
    "Mystic River": [
        [-71.0743, 42.3954],
        [-71.0638, 42.3887],
        [-71.0429, 42.3896],
        [-71.0369, 42.3871],
        [-71.041, 42.3838],
        [-71.0481, 42.3838],
        [-71.0653, 42.3847],
        [-71.0735, 42.3916],
    ],
    "Belle Isle Inlet": [
        [-71.0213, 42.3792],
        [-71.0073, 42.3861],
        [-70.9961, 42.3806],
        [-70.9886, 42.3771],
        [-70.9886, 42.3605],
        [-71.0017, 42.3619],
        [-71.012, 42.3647],
    ],
    "Dorchester Bay": [[-71.0494, 42.3287], [-71.0419, 42.3301], [-71.0432, 42.3225], [-71.0485, 42.3225]],
    "Neponset River": [
        [-71.055, 42.3073],
        [-71.0475, 42.3149],
        [-71.0401, 42.3124],
        [-71.027, 42.3008],
        [-71.026, 42.2886],
        [-71.0301, 42.2803],
        [-71.0372, 42.2768],
        [-71.0419, 42.28],
        [-71.0444, 42.2872],
        [-71.0475, 42.2948],
        [-71.0522, 42.301],
    ],
}

# Where a name can stand on open water.
_BOSTON_WATER_LABELS: dict[str, list[float]] = {
    "Charles River": [-71.0862, 42.3561],
    "Boston Harbor": [-71.0325, 42.3563],
    "Mystic River": [-71.0560, 42.3868],
    "Belle Isle Inlet": [-71.0030, 42.3795],
    "Dorchester Bay": [-71.0290, 42.3190],
    "Neponset River": [-71.0345, 42.2880],
}


def read_features(path: Path) -> list[Feature]:
    features: list[Feature] = json.loads(path.read_text("utf-8"))["features"]
    return features


def write_features(path: Path, features: Iterable[Feature]) -> None:
    """Compact GeoJSON, one feature per line, so that a change can be read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(item, separators=(",", ":"), ensure_ascii=False) for item in features)
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', "utf-8")


def reduced(features: Iterable[Feature], keep: Callable[[Feature], dict[str, Any]], places: int) -> Iterator[Feature]:
    """Features with other properties and rounded coordinates; rings that rounding collapsed are dropped."""
    for feature in features:
        geometry = feature["geometry"]
        coordinates = _rounded(geometry["coordinates"], places)
        if coordinates:
            yield {
                "type": "Feature",
                "properties": keep(feature),
                "geometry": {"type": geometry["type"], "coordinates": coordinates},
            }


def _rounded(value: Any, places: int) -> Any:
    if isinstance(value[0], int | float):
        return [round(number, places) for number in value]
    parts = [_rounded(part, places) for part in value]
    if isinstance(value[0][0], int | float):
        ring = [point for index, point in enumerate(parts) if index == 0 or point != parts[index - 1]]
        return ring if len(ring) >= 4 else []
    return [part for part in parts if part]


def label_point(feature: Feature) -> list[float]:
    """A point well inside the largest part: the grid point farthest from its edge."""
    geometry = feature["geometry"]
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    ring: Ring = max((part[0] for part in parts), key=_box_area)
    west, east = min(point[0] for point in ring), max(point[0] for point in ring)
    south, north = min(point[1] for point in ring), max(point[1] for point in ring)
    candidates = (
        [west + (east - west) * column / _GRID, south + (north - south) * row / _GRID]
        for column in range(1, _GRID)
        for row in range(1, _GRID)
    )
    inside = (point for point in candidates if _contains(ring, point))
    best = max(inside, key=lambda point: _edge_distance(ring, point), default=ring[0])
    return [round(number, _CITY_PLACES) for number in best]


def _box_area(ring: Ring) -> float:
    longitudes, latitudes = [point[0] for point in ring], [point[1] for point in ring]
    return (max(longitudes) - min(longitudes)) * (max(latitudes) - min(latitudes))


def _contains(ring: Ring, point: list[float]) -> bool:
    """Even-odd rule."""
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y1 > point[1]) != (y2 > point[1]) and point[0] < (x2 - x1) * (point[1] - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def _edge_distance(ring: Ring, point: list[float]) -> float:
    """Squared distance to the nearest edge, in degrees: good enough to compare within a city."""
    nearest = float("inf")
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        length = (x2 - x1) ** 2 + (y2 - y1) ** 2
        along = 0.0 if length == 0 else ((point[0] - x1) * (x2 - x1) + (point[1] - y1) * (y2 - y1)) / length
        along = min(1.0, max(0.0, along))
        offset = (point[0] - x1 - along * (x2 - x1)) ** 2 + (point[1] - y1 - along * (y2 - y1)) ** 2
        nearest = min(nearest, offset)
    return nearest


def build_world(source: Path, target: Path) -> None:
    """Land, countries and populated places, for zoom levels at which a country fits the screen."""
    write_features(
        target / "world-land.geojson", reduced(read_features(source / "land_110m.geojson"), lambda _: {}, _WORLD_PLACES)
    )
    write_features(
        target / "world-countries.geojson",
        reduced(
            read_features(source / "countries_110m.geojson"),
            lambda item: {"name": item["properties"]["name"], "iso_a3": item["properties"]["iso_a3"]},
            _WORLD_PLACES,
        ),
    )
    places = sorted(
        read_features(source / "populated_places_50m.geojson"), key=lambda item: -item["properties"]["pop_max"]
    )
    write_features(target / "world-places.geojson", reduced(places, _place_properties, 3))


def _place_properties(feature: Feature) -> dict[str, Any]:
    facts = feature["properties"]
    found = {
        "name": facts["name"],
        "region": facts["admin1"],
        "country": facts["country"],
        "population": facts["pop_max"],
        "capital": bool(facts["capital"]),
    }
    if facts["ascii"] and facts["ascii"] != facts["name"]:
        found["ascii"] = facts["ascii"]
    return found


def build_city(land: Path, areas: Path, target: Path, water: dict[str, Ring], labels: dict[str, list[float]]) -> None:
    """Land around the city with its water, its neighbourhoods with a place for each label, and its outline."""
    around = reduced(read_features(land), lambda item: {"kind": item["properties"]["kind"]}, _CITY_PLACES)
    write_features(target / "land.geojson", [*around, *_water_features(water, labels)])
    write_features(
        target / "neighbourhoods.geojson",
        reduced(
            read_features(areas / "neighbourhoods_simplified.geojson"),
            lambda item: {"name": item["properties"]["neighbourhood"], "label": label_point(item)},
            _CITY_PLACES,
        ),
    )
    write_features(
        target / "outline.geojson",
        reduced(
            read_features(areas / "outline_simplified.geojson"),
            lambda item: {"name": item["properties"]["name"]},
            _CITY_PLACES,
        ),
    )


def _water_features(water: dict[str, Ring], labels: dict[str, list[float]]) -> Iterator[Feature]:
    for name, ring in water.items():
        yield {
            "type": "Feature",
            "properties": {"kind": "water", "name": name, "label": labels[name]},
            "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        }


@click.command()
@click.argument("natural_earth", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("city_areas", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
def main(natural_earth: Path, city_areas: Path, target: Path) -> None:
    """Make every file of the base map."""
    build_world(natural_earth, target)
    build_city(
        natural_earth / "clip_10m_boston.geojson", city_areas, target / "boston", _BOSTON_WATER, _BOSTON_WATER_LABELS
    )
    for path in sorted(target.rglob("*.geojson")):
        click.echo(f"{path.relative_to(target)}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
