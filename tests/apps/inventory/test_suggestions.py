"""What the place field suggests: beginnings, words, typing errors, folded letters, and what may have been meant."""

from typing import Any

import pytest

from freehold.inventory.search.suggestions import perhaps_meant, suggest
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


def texts(text: str) -> list[str]:
    return [each.text for each in suggest(text=text).found]


@pytest.fixture(autouse=True)
def houses() -> None:
    ListingFactory.create_batch(2, property__neighbourhood="Back Bay")
    ListingFactory(property__neighbourhood="Fenway", title="Bostonian Suite", slug="suite")
    ListingFactory(property__city="São Paulo", property__neighbourhood="", property__country="BR")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bo", ["Boston"]),
        ("bost", ["Boston", "Bostonian Suite"]),
        ("BOSTON", ["Boston", "Bostonian Suite"]),
        ("Bostn", ["Boston"]),
        ("bay", ["Back Bay, Boston"]),
        ("Bak bay", ["Back Bay, Boston"]),
        ("fenwy", ["Fenway, Boston"]),
        ("sao p", ["São Paulo"]),
        ("São", ["São Paulo"]),
        ("", []),
        ("  ", []),
        ("%", []),
        ("_oston", ["Boston"]),
        ("\\", []),
        ("x" * 500, []),
    ],
)
def test_what_is_typed_is_understood(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_a_suggestion_says_how_many_places_are_there() -> None:
    (city, title) = suggest(text="bost").found
    assert (city.kind, city.count, city.slug) == ("city", 3, "")
    assert (title.kind, title.count, title.slug) == ("property", 1, "suite")


def test_what_left_the_market_is_not_suggested() -> None:
    ListingFactory(property__city="Gloucester", status="paused")
    moved = ListingFactory(property__city="Salem")
    assert texts("salem") == ["Salem"]
    moved.property.city = "Lynn"
    moved.property.save()
    assert texts("salem") == []


def test_nothing_fits_but_something_may_be_meant() -> None:
    suggestions = suggest(text="Sao Bernardo")
    assert suggestions.found == ()
    assert [each.text for each in suggestions.meant] == ["São Paulo"]
    assert [each.text for each in suggest(text="Bosotn").meant] == ["Boston"]
    assert perhaps_meant(text="Zzz") == ()


def test_suggestions_take_two_queries_and_three_when_nothing_fits(django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(2):
        suggest(text="bost")
    with django_assert_max_num_queries(3):
        suggest(text="nowhere at all")
