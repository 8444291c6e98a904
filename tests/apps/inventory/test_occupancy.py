"""The look at one calendar knows the same options as the search."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import connection

from freehold.inventory.occupancy import options_of
from freehold.inventory.options import LISTING_OPTIONS
from freehold.properties.models import Listing, Unit, UnitPart
from tests.factories import ListingFactory, UnitFactory, unit_type_listing, whole_property_listing

pytestmark = pytest.mark.django_db


def seen(listing: Listing) -> set[UUID]:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    return {option.id for option in options_of(listing_id=listing.pk, start=start, end=end)}


def searched(listing: Listing) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT option_id FROM {LISTING_OPTIONS} AS option WHERE listing_id = %s",
            [listing.pk],
        )
        return {row[0] for row in cursor.fetchall()}


def listing_of_composite() -> Listing:
    listing = ListingFactory()
    assert listing.unit is not None
    parts = UnitFactory.create_batch(2, property=listing.property)
    UnitPart.objects.bulk_create(UnitPart(composite=listing.unit, part=part) for part in parts)
    listing.unit.kind = Unit.Kind.COMPOSITE
    listing.unit.save()
    return listing


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (ListingFactory, 1),
        (listing_of_composite, 1),
        (whole_property_listing, 1),
        (lambda: unit_type_listing(units=3), 3),
    ],
)
def test_the_look_and_the_search_know_the_same_options(make: type[ListingFactory], options: int) -> None:
    listing = make()
    assert seen(listing) == searched(listing)
    assert len(seen(listing)) == options
    for unit in Unit.objects.system("test").filter(property=listing.property, kind=Unit.Kind.LEAF):
        unit.is_active = False
        unit.save()
        assert seen(listing) == searched(listing)
    assert not seen(listing)


def test_a_listing_that_is_not_there_has_no_options() -> None:
    assert not seen(Listing(pk=UUID(int=1)))
