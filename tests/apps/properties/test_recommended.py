"""The best rated places of a category: with all below it, one of each property, kept for a minute."""

from typing import Any
from uuid import uuid4

import pytest

from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.properties.models import Category, Listing
from freehold.properties.recommended import recommended_listings
from freehold.properties.services.move_category import move_category
from tests.factories import CategoryFactory, ListingFactory, UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def homes() -> Category:
    return CategoryFactory(name="Homes")


def rated(category: Category, rating: str | None, reviews: int, **options: Any) -> Listing:
    return ListingFactory(
        property__category=category, property__rating=rating, property__review_count=reviews, **options
    )


def test_everything_below_counts_and_the_best_comes_first(homes: Category) -> None:
    lofts = CategoryFactory(parent=CategoryFactory(parent=homes))
    good, best = rated(homes, "4.70", 100), rated(lofts, "4.90", 100)
    rated(CategoryFactory(), "5.00", 100)
    assert recommended_listings(category_id=homes.pk) == [best, good]
    assert recommended_listings(category_id=lofts.pk) == [best]


def test_one_kind_guest_does_not_outweigh_two_hundred(homes: Category) -> None:
    once, often, unrated, poor = (
        rated(homes, "5.00", 1),
        rated(homes, "4.85", 200),
        rated(homes, None, 0),
        rated(homes, "3.90", 40),
    )
    assert recommended_listings(category_id=homes.pk) == [often, once, unrated, poor]


def test_a_property_is_there_once_and_only_with_a_price(homes: Category) -> None:
    first = rated(homes, "4.80", 50)
    ListingFactory(company=first.company, property=first.property, unit=UnitFactory(property=first.property))
    rated(homes, "4.80", 50, rate_plan=None)
    rated(homes, "4.80", 50, status=Listing.Status.PAUSED)
    assert recommended_listings(category_id=homes.pk) == [first]


def test_what_is_not_published_any_more_is_gone_at_once(homes: Category) -> None:
    listing = rated(homes, "4.80", 50)
    assert recommended_listings(category_id=homes.pk) == [listing]
    Listing.objects.company(listing.company_id).update(status=Listing.Status.PAUSED)
    assert recommended_listings(category_id=homes.pk) == []


def test_a_category_that_moved_is_asked_anew(homes: Category) -> None:
    boats = CategoryFactory()
    listing = rated(boats, "4.80", 50)
    assert recommended_listings(category_id=homes.pk) == []
    move_category(actor=Actor.system("test"), category_id=boats.pk, parent_id=homes.pk)
    assert recommended_listings(category_id=homes.pk) == [listing]


def test_the_order_is_kept_for_a_while(homes: Category, django_assert_num_queries: Any) -> None:
    ListingFactory.create_batch(8, property__category=homes)
    recommended_listings(category_id=homes.pk)
    # The stamp (inside a transaction it is always asked for), the listings, their galleries and amenities.
    with django_assert_num_queries(4):
        assert len(recommended_listings(category_id=homes.pk)) == 8


def test_an_unknown_category_is_not_found_and_a_ring_is_no_trap(homes: Category) -> None:
    with pytest.raises(NotFound):
        recommended_listings(category_id=uuid4())
    below = CategoryFactory(parent=homes)
    Category.objects.filter(pk=homes.pk).update(parent=below)
    listing = rated(below, "4.80", 50)
    assert recommended_listings(category_id=below.pk) == [listing]
