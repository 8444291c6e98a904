"""What a refusal offers besides other dates: found once for a crowd, after the transaction, and never in its way."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, transaction

from freehold.inventory import offers
from freehold.inventory.errors import Unavailable
from freehold.inventory.offers import offer_similar
from freehold.properties.models import Listing
from tests.factories import CategoryFactory, ListingFactory
from tests.support.booked import hold

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def taken() -> Listing:
    listing = ListingFactory(property__category=CategoryFactory(name="Loft"))
    hold(listing)
    return listing


@pytest.fixture
def other(taken: Listing) -> Listing:
    return ListingFactory(property__category=taken.property.category)


def refused(listing: Listing, **wish: Any) -> Unavailable:
    with pytest.raises(Unavailable) as refusal:
        hold(listing, **wish)
    return refusal.value


def offered(refusal: Unavailable) -> list[dict[str, Any]]:
    offer_similar(refusal)
    similar: list[dict[str, Any]] = refusal.errors[0].extra["similar"]
    return similar


def test_a_loser_is_offered_what_is_free_then(taken: Listing, other: Listing) -> None:
    refusal = refused(taken, adults=3)
    assert refusal.wanted is not None
    (offer,) = offered(refusal)
    assert offer == {
        "listing_id": str(other.pk),
        "slug": other.slug,
        "title": other.title,
        "check_in": refusal.wanted.nights.check_in.isoformat(),
        "check_out": refusal.wanted.nights.check_out.isoformat(),
        "total": {"amount": "300.00", "currency": "USD"},
        "reason": "Also a loft in Back Bay, next door, about the same price",
    }
    assert refusal.errors[0].extra["reasons"], "the rest of the refusal stays"


def test_a_refused_claim_knows_what_was_wanted_too(taken: Listing, other: Listing, monkeypatch: Any) -> None:
    monkeypatch.setattr("freehold.bookings.services.hold_booking.refuse_taken", lambda **_: None)
    assert [offer["slug"] for offer in offered(refused(taken))] == [other.slug]


def test_only_the_first_of_a_crowd_pays(taken: Listing, other: Listing, django_assert_num_queries: Any) -> None:
    first, second = refused(taken), refused(taken)
    assert offered(first)
    with django_assert_num_queries(0):
        assert offered(second) == first.errors[0].extra["similar"]


def test_nobody_waits_for_the_one_who_looks(taken: Listing, other: Listing, django_assert_num_queries: Any) -> None:
    refusal = refused(taken)
    assert refusal.wanted is not None
    cache.add(f"{offers._key(refusal.wanted)}.looking", True)
    with django_assert_num_queries(0):
        assert offered(refusal) == []


def test_another_party_is_another_question(taken: Listing, other: Listing) -> None:
    Listing.objects.company(other.company_id).update(max_guests=2)
    assert offered(refused(taken, adults=2))
    assert offered(refused(taken, adults=3)) == []


def test_trouble_with_the_offers_leaves_the_refusal_as_it_is(taken: Listing, other: Listing, monkeypatch: Any) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(offers, "similar_places", fail)
    assert offered(refused(taken)) == []


def test_a_listing_that_is_gone_offers_nothing(taken: Listing, other: Listing) -> None:
    refusal = refused(taken)
    Listing.objects.company(taken.company_id).update(status=Listing.Status.PAUSED)
    assert offered(refusal) == []


def test_nothing_is_looked_for_inside_a_transaction(
    taken: Listing, other: Listing, django_assert_num_queries: Any
) -> None:
    refusal = refused(taken)
    with transaction.atomic(), django_assert_num_queries(0):
        assert offered(refusal) == []
    assert offered(refusal)
