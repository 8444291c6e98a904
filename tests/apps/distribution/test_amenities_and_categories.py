"""Free spellings onto a controlled vocabulary, and types onto a tree."""

import csv
import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from freehold.distribution.airbnb.amenities import AMENITIES, AMENITY_CODES, GROUPS, codes_of, normalise_amenities
from freehold.distribution.airbnb.categories import CATEGORIES, Space, category_of, category_path, space_of
from freehold.distribution.airbnb.fields import parse_amenities

SOURCE = Path(__file__).parent / "data" / "boston_2024-06-22" / "listings.csv.gz"


@pytest.mark.parametrize(
    ("spelling", "codes"),
    [
        ("55 inch HDTV with Roku", ("tv",)),
        ("Free dryer – In unit", ("dryer",)),
        ("Hair dryer", ("hair_dryer",)),
        ("Drying rack for clothing", ()),
        ("Dishwasher", ("dishwasher",)),
        ("Free washer – In unit", ("washer",)),
        ("Laundromat nearby", ("laundromat_nearby",)),
        ("Pool table", ("games",)),
        ("Indoor pool - available all year", ("pool",)),
        ("Hot water kettle", ("kettle",)),
        ("Hot water", ("hot_water",)),
        ("Fast wifi – 93 Mbps", ("wifi",)),
        ("Sonos wifi sound system", ("sound_system",)),
        ("Barbecue utensils", ()),
        ("Private BBQ grill: charcoal", ("barbecue",)),
        ("Fireplace guards", ("child_safety",)),
        ("Beach access – Beachfront", ("beach_access", "waterfront")),
        ("Shared gym nearby", ()),
        ("Free street parking", ("street_parking",)),
        ("Free driveway parking on premises – 2 spaces", ("free_parking",)),
        ("Paid parking garage off premises", ("paid_parking",)),
        ("PACK ’N PLAY/TRAVEL CRIB", ("crib",)),
    ],
)
def test_a_spelling_finds_its_codes_and_no_false_friends(spelling: str, codes: tuple[str, ...]) -> None:
    assert codes_of(spelling) == codes


def test_a_list_keeps_each_code_once_in_display_order_and_names_the_rest() -> None:
    codes, unknown = normalise_amenities(["TV", "Essentials", "HDTV", "Theme room", ""])
    assert codes == ("essentials", "tv")
    assert unknown == ("Theme room",)


@pytest.mark.parametrize(
    ("text", "spellings"),
    [
        ('["Wifi", "Pool"]', ["Wifi", "Pool"]),
        ('{TV,"Air conditioning",Wifi}', ["TV", "Air conditioning", "Wifi"]),
        ("{}", []),
        ("[]", []),
        ("", []),
    ],
)
def test_lists_of_both_ages_are_read(text: str, spellings: list[str]) -> None:
    assert parse_amenities(text) == spellings


def test_the_vocabulary_covers_a_whole_city() -> None:
    with gzip.open(SOURCE, "rt", encoding="utf-8", newline="") as stream:
        spellings = Counter(name for row in csv.DictReader(stream) for name in json.loads(row["amenities"]))
    known = sum(count for spelling, count in spellings.items() if codes_of(spelling))
    assert len(spellings) == 1478
    assert known / spellings.total() > 0.95
    used = {code for spelling in spellings for code in codes_of(spelling)}
    assert used == set(AMENITY_CODES)


def test_every_amenity_stands_in_a_group_and_no_code_twice() -> None:
    assert {amenity.group for amenity in AMENITIES} == {group.code for group in GROUPS}
    assert len(set(AMENITY_CODES)) == len(AMENITY_CODES)


def test_the_tree_of_categories_has_three_levels_and_every_parent_first() -> None:
    seen: set[str] = set()
    for node in CATEGORIES:
        assert node.parent == "" or node.parent in seen
        seen.add(node.slug)
    parents = {node.parent for node in CATEGORIES}
    assert {len(category_path(node.slug)) for node in CATEGORIES if node.slug not in parents} == {3}


@pytest.mark.parametrize(
    ("property_type", "room_type", "category", "space"),
    [
        ("Entire rental unit", "Entire home/apt", "apartment", Space.ENTIRE),
        ("Private room in bed and breakfast", "Private room", "bed-and-breakfast", Space.PRIVATE_ROOM),
        ("Room in boutique hotel", "Private room", "boutique-hotel", Space.HOTEL_ROOM),
        ("Room in hotel", "Hotel room", "hotel", Space.HOTEL_ROOM),
        ("Shared room in home", "Shared room", "house", Space.SHARED_ROOM),
        ("Houseboat", "Entire home/apt", "houseboat", Space.ENTIRE),
        ("Private room", "", "other-home", Space.PRIVATE_ROOM),
        ("Entire place", "", "other-home", Space.ENTIRE),
        ("Tiny home", "Entire home/apt", "tiny-home", Space.ENTIRE),
        ("Private room in villa", "", "villa", Space.PRIVATE_ROOM),
    ],
)
def test_a_type_says_what_it_is_and_how_much_of_it(
    property_type: str, room_type: str, category: str, space: Space
) -> None:
    assert (category_of(property_type), space_of(room_type, property_type)) == (category, space)
