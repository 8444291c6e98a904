"""Composed words, prices and galleries: fixed for a listing, varied over a city, and true to the facts."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from freehold.distribution.airbnb.categories import CATEGORIES, Space
from freehold.distribution.airbnb.packs import PACKS_FOLDER, Pack, read_pack
from freehold.distribution.composing.descriptions import compose_description, distance_text
from freehold.distribution.composing.people import FIRMS_AVAILABLE, firm_name
from freehold.distribution.composing.prices import LONG_STAY, compose_prices
from freehold.distribution.composing.titles import compose_title
from freehold.distribution.composing.words import NOUNS, bathrooms, join, place_phrase, with_article
from freehold.distribution.pictures.gallery import PictureStock
from freehold.distribution.pictures.recipes import Room, all_recipes

STATIC = PACKS_FOLDER.parents[1] / "web" / "ui" / "static"


@pytest.fixture(scope="module")
def boston() -> Pack:
    return read_pack(PACKS_FOLDER / "boston")


@pytest.fixture(scope="module")
def stock() -> PictureStock:
    return PictureStock.load()


def test_titles_are_many_short_and_always_the_same(boston: Pack) -> None:
    titles = [compose_title(record, "Boston") for record in boston.listings]
    assert titles == [compose_title(record, "Boston") for record in boston.listings]
    assert len(set(titles)) > 2000
    assert Counter(titles).most_common(1)[0][1] < 50
    assert max(map(len, titles)) <= 100
    assert all(title[0].isupper() and "  " not in title for title in titles)


def test_every_title_names_its_neighbourhood(boston: Pack) -> None:
    assert all(record.neighbourhood in compose_title(record, "Boston") for record in boston.listings)


def test_no_word_praises_what_the_facts_do_not_carry(boston: Pack) -> None:
    texts = " ".join(
        f"{compose_title(record, 'Boston')} {compose_description(record, boston.city)}" for record in boston.listings
    ).lower()
    for word in ("best", "stunning", "luxur", "perfect", "beautiful", "amazing", "cosy", "sunny", "quiet", "unique"):
        assert word not in texts


def test_descriptions_name_only_what_the_place_has(boston: Pack) -> None:
    for record in boston.listings[:500]:
        text = compose_description(record, boston.city)
        assert ("fireplace" in text) <= ("fireplace" in record.amenities)
        assert ("Pets may come" in text) == ("pets_allowed" in record.amenities)
        assert ("Guests share the bathroom" in text) == record.is_bathroom_shared
        assert text.count("\n\n") >= 1


def test_a_place_without_a_neighbourhood_stands_in_its_city(boston: Pack) -> None:
    record = replace(boston.listings[0], neighbourhood="")
    assert "Boston" in compose_title(record, "Boston")
    assert "Boston, Boston" not in compose_description(record, boston.city)


def test_every_category_has_a_noun() -> None:
    parents = {node.parent for node in CATEGORIES}
    assert {node.slug for node in CATEGORIES if node.slug not in parents} == set(NOUNS)


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("apartment", "an apartment"),
        ("one-bedroom loft", "a one-bedroom loft"),
        ("eight-bedroom house", "an eight-bedroom house"),
        ("unusual home", "an unusual home"),
        ("studio", "a studio"),
    ],
)
def test_articles_follow_the_sound(phrase: str, expected: str) -> None:
    assert with_article(phrase) == expected


def test_lists_and_places_read_as_english() -> None:
    assert join(["a", "b", "c"]) == "a, b and c"
    assert place_phrase("South End") == "the South End"
    assert place_phrase("Back Bay") == "Back Bay"


def test_bathrooms_count_in_halves(boston: Pack) -> None:
    assert {record.bathrooms % 1 for record in boston.listings} <= {0, type(boston.listings[0].bathrooms)("0.5")}
    assert bathrooms(type(boston.listings[0].bathrooms)("1.5")) == "one and a half bathrooms"


def test_distance_is_told_in_the_country_s_unit(boston: Pack) -> None:
    record = replace(
        boston.listings[0], latitude=boston.city.centre_latitude + 1, longitude=boston.city.centre_longitude
    )
    assert distance_text(record, boston.city) == "69.1 miles"
    assert distance_text(record, replace(boston.city, country="FR")) == "111.2 kilometres"


def test_prices_follow_the_night_and_keep_their_order(boston: Pack) -> None:
    for record in boston.listings:
        prices = compose_prices(record)
        assert prices == compose_prices(record)
        assert 1 <= prices.included_guests <= record.accommodates
        assert prices.weekday_prices is None or all(
            price is None or price >= record.price_minor for price in prices.weekday_prices
        )
        assert list(prices.stay_discounts) == sorted(prices.stay_discounts)
        assert (prices.policy is LONG_STAY) == (record.min_nights >= 28)


def test_every_rule_of_pricing_occurs(boston: Pack) -> None:
    composed = [compose_prices(record) for record in boston.listings]
    shares = {
        "weekend": sum(prices.weekday_prices is not None for prices in composed),
        "discount": sum(bool(prices.stay_discounts) for prices in composed),
        "extra guest": sum(prices.extra_guest_fee_minor > 0 for prices in composed),
        "cleaning": sum(prices.cleaning_fee_minor > 0 for prices in composed),
    }
    assert all(100 < count < len(composed) * 0.9 for count in shares.values()), shares
    assert len({prices.policy.policy_name for prices in composed}) == 5


def test_firms_have_names_of_their_own() -> None:
    assert len({firm_name(rank) for rank in range(FIRMS_AVAILABLE)}) == FIRMS_AVAILABLE


def test_a_gallery_shows_one_home_in_three_to_five_pictures(boston: Pack, stock: PictureStock) -> None:
    for record in boston.listings:
        gallery = stock.choose_gallery(record)
        assert gallery == stock.choose_gallery(record)
        assert 3 <= len(gallery) <= 5
        assert len({picture.key for picture in gallery}) == len(gallery)
        assert gallery[0].is_lead
        for room in (Room.LIVING, Room.KITCHEN, Room.BEDROOM):
            assert len({picture.look for picture in gallery if picture.room is room}) <= 1


def test_pictures_suit_the_place(boston: Pack, stock: PictureStock) -> None:
    for record in boston.listings:
        rooms = [picture.room for picture in stock.choose_gallery(record)]
        if not {"kitchen", "kitchenette"} & set(record.amenities):
            assert Room.KITCHEN not in rooms
        if record.space is Space.HOTEL_ROOM:
            assert rooms[0] in (Room.BEDROOM, Room.EXTERIOR)
            assert Room.LIVING not in rooms
        if record.space is Space.PRIVATE_ROOM:
            assert Room.BEDROOM in rooms


def test_first_pictures_are_spread_over_the_city(boston: Pack, stock: PictureStock) -> None:
    leads = Counter(stock.choose_gallery(record)[0].key for record in boston.listings)
    assert len(leads) > 30
    assert leads.most_common(1)[0][1] < len(boston.listings) * 0.06


def test_every_rendition_exists_with_its_width_and_none_was_enlarged(stock: PictureStock) -> None:
    boxes = {recipe.key: recipe.box for recipe in all_recipes()}
    total = 0
    for picture in stock.pictures:
        left, _, right, _ = boxes[picture.key]
        assert picture.renditions[str(picture.width)] == picture.path
        for width, name in picture.renditions.items():
            path: Path = STATIC / name
            total += path.stat().st_size
            with Image.open(path) as image:
                assert image.width == int(width) <= right - left
                assert image.format == "WEBP"
        assert picture.alt
    assert total < 6_000_000
