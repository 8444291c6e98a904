"""A quote is a promise: itemised, signed, for a while, and only to whom it was made."""

from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, NotFound
from freehold.pricing.models import PriceOverride, Quote
from freehold.pricing.services.create_quote import create_quote
from freehold.pricing.services.price_cart import price_cart
from freehold.pricing.services.redeem_quote import redeem_quote
from freehold.pricing.types import PricedCart
from freehold.properties.models import Listing
from tests.factories import ListingFactory, TaxFactory, UserFactory, unit_type_listing
from tests.support.stays import in_days, stay

pytestmark = pytest.mark.django_db

NOBODY = Actor.anonymous()


def test_every_line_names_its_rule_and_the_lines_make_the_total() -> None:
    listing = ListingFactory(
        rate_plan__cleaning_fee_minor=5_000,
        rate_plan__extra_guest_fee_minor=1_000,
        rate_plan__stay_discounts=[{"min_nights": 7, "basis_points": 1_000}],
    )
    listing.rate_plan.taxes.add(TaxFactory(company=listing.company))
    override = DateRange(in_days(31), in_days(33))
    PriceOverride.objects.create(rate_plan=listing.rate_plan, nights=override, price_minor=15_000)
    cart = price_cart(actor=NOBODY, items=[stay(listing, nights=7, adults=3)])
    assert all(line.rule for line in cart.lines)
    assert sum(line.amount.minor for line in cart.lines) == cart.total.minor
    nights = 5 * 10_000 + 2 * 15_000
    base = nights - nights // 10 + 7 * 1_000
    assert cart.total.minor == base + 5_000 + base // 10


def test_a_cart_survives_json_without_loss() -> None:
    cart = price_cart(actor=NOBODY, items=[stay(ListingFactory())])
    assert PricedCart.from_json(cart.to_json()) == cart


def test_a_changed_row_is_no_promise() -> None:
    quote = create_quote(actor=NOBODY, items=[stay(ListingFactory())])
    payload = {**quote.payload, "total": 1}
    Quote.objects.system("test").filter(pk=quote.pk).update(payload=payload)
    with pytest.raises(BadInput) as refusal:
        redeem_quote(actor=NOBODY, quote_id=quote.pk)
    assert refusal.value.code == "quote_tampered"


def test_a_quote_expires_by_the_database_clock() -> None:
    quote = create_quote(actor=NOBODY, items=[stay(ListingFactory())])
    assert redeem_quote(actor=NOBODY, quote_id=quote.pk)[0] == quote
    clock.move(timedelta(minutes=16))
    with pytest.raises(Conflict) as refusal:
        redeem_quote(actor=NOBODY, quote_id=quote.pk)
    assert refusal.value.code == "quote_expired"


def test_a_quote_of_a_person_is_theirs_and_an_anonymous_one_anybodys() -> None:
    owner, other = Actor.of(UserFactory()), Actor.of(UserFactory())
    mine = create_quote(actor=owner, items=[stay(ListingFactory())])
    open_to_all = create_quote(actor=NOBODY, items=[stay(ListingFactory())])
    assert redeem_quote(actor=owner, quote_id=mine.pk)
    assert redeem_quote(actor=other, quote_id=open_to_all.pk)
    for stranger in (other, NOBODY):
        with pytest.raises(NotFound):
            redeem_quote(actor=stranger, quote_id=mine.pk)


def test_a_listing_that_is_not_published_cannot_be_priced() -> None:
    for hidden in (
        ListingFactory(status=Listing.Status.PAUSED),
        ListingFactory(property__status="draft"),
        ListingFactory(company__is_active=False),
    ):
        with pytest.raises(NotFound):
            price_cart(actor=NOBODY, items=[stay(hidden)])


def test_all_broken_rules_are_told_at_once_with_their_place() -> None:
    short, small = ListingFactory(min_nights=5), None
    small = ListingFactory(company=short.company, property__company=short.company, max_guests=1)
    with pytest.raises(BadInput) as refusal:
        price_cart(actor=NOBODY, items=[stay(short, nights=2), stay(small, adults=4)])
    assert {(item.code, item.attr) for item in refusal.value.errors} == {
        ("min_nights", "items.0"),
        ("capacity", "items.1"),
    }


def test_yesterday_at_the_place_is_in_the_past() -> None:
    with pytest.raises(BadInput) as refusal:
        price_cart(actor=NOBODY, items=[stay(ListingFactory(), arrive_in=-2)])
    assert refusal.value.code == "in_past"


@pytest.mark.parametrize(("terms", "due"), [("online", 30_000), ("deposit", 9_000), ("at_property", 0)])
def test_what_is_due_now_follows_the_payment_terms(terms: str, due: int) -> None:
    listing = ListingFactory(payment_terms=terms, rate_plan__deposit_basis_points=3_000)
    cart = price_cart(actor=NOBODY, items=[stay(listing, nights=3)])
    assert (cart.due_now.minor, cart.payment_terms) == (due, terms)


def test_items_of_one_company_keep_their_own_terms() -> None:
    online = ListingFactory()
    later = ListingFactory(company=online.company, property__company=online.company, payment_terms="at_property")
    cart = price_cart(actor=NOBODY, items=[stay(online), stay(later)])
    assert (cart.due_now.minor, cart.total.minor, cart.payment_terms) == (30_000, 60_000, "deposit")
    assert len({item.cancellation.policy_name for item in cart.items}) == 2


def test_many_items_cost_no_more_queries_than_one(django_assert_max_num_queries: object) -> None:
    first = ListingFactory()
    policy = first.rate_plan.cancellation_policy
    more = ListingFactory.create_batch(
        5, company=first.company, property__company=first.company, rate_plan__cancellation_policy=policy
    )
    with django_assert_max_num_queries(1):  # type: ignore[operator]
        price_cart(actor=NOBODY, items=[stay(listing) for listing in (first, *more)])


def test_one_place_twice_in_a_cart_is_refused_and_two_rooms_of_a_type_are_not() -> None:
    house, rooms = ListingFactory(), unit_type_listing(units=2)
    with pytest.raises(BadInput) as refusal:
        price_cart(actor=NOBODY, items=[stay(house), stay(house, arrive_in=32)])
    assert (refusal.value.code, refusal.value.errors[0].attr) == ("repeated_item", "items.1")
    assert len(price_cart(actor=NOBODY, items=[stay(house), stay(house, arrive_in=33)]).items) == 2
    assert len(price_cart(actor=NOBODY, items=[stay(rooms), stay(rooms)]).items) == 2
