"""Who comes too late is turned away before anything is priced or locked."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from freehold.inventory.errors import Unavailable
from freehold.inventory.services.refuse_taken import refuse_taken
from freehold.properties.models import Listing
from tests.factories import ListingFactory, unit_type_listing
from tests.support.booked import hold
from tests.support.stays import let_the_hold_lapse, stay

pytestmark = pytest.mark.django_db


def look(listing: Listing, **options: Any) -> None:
    refuse_taken(items=[stay(listing, **options)], listings={listing.pk: listing})


def test_a_free_stay_passes_and_a_taken_one_is_refused_with_reasons_and_alternatives() -> None:
    listing = ListingFactory()
    look(listing)
    hold(listing)
    with pytest.raises(Unavailable) as refusal:
        look(listing)
    assert [reason.code for reason in refusal.value.reasons] == ["held"]
    assert len(refusal.value.alternatives) == 3
    look(listing, arrive_in=33)


def test_one_free_unit_of_the_type_is_enough() -> None:
    listing = unit_type_listing(units=2)
    hold(listing)
    look(listing)
    hold(listing)
    with pytest.raises(Unavailable):
        look(listing)


def test_a_lapsed_hold_is_in_nobodys_way() -> None:
    listing = ListingFactory()
    hold(listing)
    let_the_hold_lapse()
    look(listing)


def test_broken_rules_are_told_before_taken_dates() -> None:
    listing = ListingFactory(min_nights=3)
    hold(listing)
    look(listing, nights=1)


def test_a_refusal_costs_two_queries() -> None:
    listing = ListingFactory()
    hold(listing)
    with CaptureQueriesContext(connection) as queries, pytest.raises(Unavailable):
        look(listing)
    assert len([query for query in queries if "offset" not in query["sql"]]) == 2
