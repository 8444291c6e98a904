"""The built files that ship: present, light, and free of addresses elsewhere."""

import gzip
import re
from pathlib import Path

import pytest

import freehold.web.ui

BUILT = Path(freehold.web.ui.__file__).parent / "static/ui"


@pytest.mark.parametrize(("names", "kilobytes"), [(["app.css"], 20), (["app.js"], 40), (["app.js", "dates.js"], 55)])
def test_an_ordinary_page_stays_light(names: list[str], kilobytes: int) -> None:
    weight = sum(len(gzip.compress((BUILT / name).read_bytes(), 9)) for name in names)
    assert weight <= kilobytes * 1024


def test_the_map_is_no_part_of_an_ordinary_page() -> None:
    assert "maplibregl-canvas" not in (BUILT / "app.js").read_text()


@pytest.mark.parametrize("name", ["app.css", "app.js", "dates.js"])
def test_nothing_is_fetched_from_elsewhere(name: str) -> None:
    fetched = re.findall(r"(?:url\(|import\(|from|@import)\s*[\"']?(https?://[^\"')]+)", (BUILT / name).read_text())
    assert fetched == []


@pytest.mark.parametrize("name", [path.name for path in BUILT.glob("*.js")] + ["app.css"])
def test_no_source_map_is_promised(name: str) -> None:
    assert "sourceMappingURL" not in (BUILT / name).read_text()
