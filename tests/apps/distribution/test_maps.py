"""The offline base map: valid, small, and with a label inside every neighbourhood."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from freehold.distribution.airbnb.packs import PACKS_FOLDER, read_pack
from freehold.distribution.maps.build_map import label_point, reduced

MAP = PACKS_FOLDER.parents[1] / "web" / "ui" / "static" / "map"
FILES = sorted(MAP.rglob("*.geojson"))


def features(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((MAP / name).read_text("utf-8"))["features"]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_is_geojson_with_closed_rings(path: Path) -> None:
    def rings(geometry: dict[str, Any]) -> list[Any]:
        parts = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}
        return [ring for part in parts.get(geometry["type"], []) for ring in part]

    for feature in json.loads(path.read_text("utf-8"))["features"]:
        assert feature["type"] == "Feature"
        for ring in rings(feature["geometry"]):
            assert len(ring) >= 4
            assert ring[0] == ring[-1]


def test_the_view_of_a_city_is_a_light_download() -> None:
    needed = [path for path in FILES if path.parent.name == "boston" or path.name == "world-land.geojson"]
    assert sum(len(gzip.compress(path.read_bytes())) for path in needed) < 100_000
    assert sum(len(gzip.compress(path.read_bytes())) for path in FILES) < 300_000


def test_every_neighbourhood_of_the_demonstration_is_on_the_map() -> None:
    drawn = {feature["properties"]["name"] for feature in features("boston/neighbourhoods.geojson")}
    listed = {record.neighbourhood for record in read_pack(PACKS_FOLDER / "boston").listings}
    assert listed <= drawn


def test_water_says_what_it_is_so_that_it_is_not_drawn_as_land() -> None:
    kinds = [feature["properties"]["kind"] for feature in features("boston/land.geojson")]
    assert set(kinds) == {"land", "water"}
    # Drawn in the order of the file: water must come after the land that it lies on.
    assert kinds == sorted(kinds)


def test_places_are_ordered_by_size_for_labels() -> None:
    sizes = [feature["properties"]["population"] for feature in features("world-places.geojson")]
    assert sizes == sorted(sizes, reverse=True)


def test_a_label_stands_inside_a_shape_that_bends() -> None:
    bend = [[0.0, 0.0], [4.0, 0.0], [4.0, 1.0], [1.0, 1.0], [1.0, 4.0], [0.0, 4.0], [0.0, 0.0]]
    x, y = label_point({"geometry": {"type": "Polygon", "coordinates": [bend]}})
    assert (0 < x < 1 and 0 < y < 4) or (0 < x < 4 and 0 < y < 1)


def test_rounding_drops_islands_that_became_points() -> None:
    speck = [[[0.001, 0.001], [0.002, 0.001], [0.002, 0.002], [0.001, 0.001]]]
    feature = {"properties": {}, "geometry": {"type": "MultiPolygon", "coordinates": [speck]}}
    assert list(reduced([feature], lambda _: {}, 1)) == []
