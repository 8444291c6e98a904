"""How the search's tallies of amenities are read back."""

from freehold.inventory.search.facets import _top_amenities


def test_a_vocabulary_of_any_length_is_counted() -> None:
    """A tally of thousands of digits: the longest amenity number is not the limit of what can be read."""
    tally = "37" + "0000" * 4_999 + "0012"
    named = [(0, "wifi", "Wifi"), (5_000, "sauna", "Sauna"), (7, "pool", "Pool")]
    assert _top_amenities(named, [tally, "3"]) == [
        {"code": "sauna", "name": "Sauna", "count": 37},
        {"code": "wifi", "name": "Wifi", "count": 15},
    ]
