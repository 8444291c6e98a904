"""A host sets prices and terms; nobody else does, and nothing that cannot be priced is kept."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, NotFound
from freehold.domain.pricing import TaxKind, TaxTerms
from freehold.pricing.models import MAX_PRICE_MINOR, PriceOverride, RatePlan
from freehold.pricing.selectors import night_terms
from freehold.pricing.services.define_terms import define_cancellation_policy, define_tax
from freehold.pricing.services.offer_listing import offer_listing
from freehold.pricing.services.price_cart import price_cart
from freehold.pricing.services.set_night_prices import set_night_prices
from freehold.pricing.services.set_rate_plan import RatePlanFacts, set_rate_plan
from freehold.properties.models import Listing
from tests.factories import (
    CancellationPolicyFactory,
    CompanyFactory,
    ListingFactory,
    MembershipFactory,
    RatePlanFactory,
    TaxFactory,
    UserFactory,
)
from tests.support.stays import in_days, stay

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("test")
JULY = date(2030, 7, 1)


def facts(listing: Listing, **changes: Any) -> RatePlanFacts:
    policy = CancellationPolicyFactory(company=listing.company)
    return RatePlanFacts(**{"base_price_minor": 12_000, "cancellation_policy_id": policy.pk, **changes})


def prices(listing: Listing, first: date, count: int) -> list[int | None]:
    """What each night costs by an override, None where the plan decides."""
    terms = night_terms(RatePlan.objects.system("test").get(listing=listing), start=first, end=first + timedelta(count))
    return [terms.date_prices.get(first + timedelta(days=index)) for index in range(count)]


class TestRatePlans:
    def test_a_host_prices_a_listing_and_prices_it_anew(self) -> None:
        listing = ListingFactory(rate_plan=None)
        host = Actor.of(MembershipFactory(company=listing.company).user)
        tax = TaxFactory(company=listing.company)
        first = facts(listing, tax_ids=(tax.pk,), stay_discounts=((7, 1_000),), cleaning_fee_minor=500)
        plan = set_rate_plan(actor=host, listing_id=listing.pk, facts=first)
        cart = price_cart(actor=SYSTEM, items=[stay(listing, nights=7)])
        assert cart.total.minor == 75_600 + 500 + 7_560

        again = set_rate_plan(
            actor=host, listing_id=listing.pk, facts=replace(first, base_price_minor=10_000, tax_ids=())
        )
        assert again.pk == plan.pk
        assert price_cart(actor=SYSTEM, items=[stay(listing, nights=7)]).total.minor == 63_000 + 500

    def test_strangers_set_no_prices(self) -> None:
        listing = ListingFactory()
        for stranger in (Actor.anonymous(), Actor.of(UserFactory()), Actor.of(MembershipFactory().user)):
            with pytest.raises(NotFound):
                set_rate_plan(actor=stranger, listing_id=listing.pk, facts=facts(listing))
            with pytest.raises(NotFound):
                set_night_prices(
                    actor=stranger, listing_id=listing.pk, start=JULY, end=JULY + timedelta(1), price_minor=1
                )
            with pytest.raises(NotFound):
                define_cancellation_policy(actor=stranger, company_id=listing.company_id, name="Mine", tiers=[])

    def test_terms_of_another_company_are_not_there(self) -> None:
        listing = ListingFactory()
        for wrong in (
            facts(listing, tax_ids=(TaxFactory().pk,)),
            facts(listing, cancellation_policy_id=CancellationPolicyFactory().pk),
            facts(listing, cancellation_policy_id=uuid4()),
        ):
            with pytest.raises(BadInput):
                set_rate_plan(actor=SYSTEM, listing_id=listing.pk, facts=wrong)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"base_price_minor": -1},
            {"base_price_minor": MAX_PRICE_MINOR + 1},
            {"weekday_prices": (1, 2, 3)},
            {"weekday_prices": (1, 2, 3, 4, 5, 6, -7)},
            {"included_guests": 0},
            {"deposit_basis_points": 0},
            {"stay_discounts": ((0, 1_000),)},
            {"stay_discounts": ((366, 1_000),)},
            {"stay_discounts": ((7, 10_001),)},
            {"stay_discounts": ((7, 1), (7, 2))},
        ],
    )
    def test_what_cannot_be_priced_is_refused(self, wrong: dict[str, Any]) -> None:
        listing = ListingFactory()
        with pytest.raises(BadInput):
            set_rate_plan(actor=SYSTEM, listing_id=listing.pk, facts=facts(listing, **wrong))

    def test_a_listing_is_offered_with_a_price_only(self) -> None:
        listing = ListingFactory(rate_plan=None, status=Listing.Status.DRAFT)
        with pytest.raises(Conflict) as refusal:
            offer_listing(actor=SYSTEM, listing_id=listing.pk)
        assert refusal.value.code == "no_rate_plan"
        assert not Listing.objects.published().exists()

        RatePlanFactory(listing=listing)
        offer_listing(actor=SYSTEM, listing_id=listing.pk)
        assert Listing.objects.published().get() == listing


class TestNightPrices:
    def test_later_prices_replace_earlier_ones_night_by_night(self) -> None:
        listing = ListingFactory()
        for start, end, price in ((0, 10, 100), (3, 5, 200), (4, 7, None), (20, 21, 300)):
            set_night_prices(
                actor=SYSTEM,
                listing_id=listing.pk,
                start=JULY + timedelta(start),
                end=JULY + timedelta(end),
                price_minor=price,
            )
        assert prices(listing, JULY, 12) == [100, 100, 100, 200, None, None, None, 100, 100, 100, None, None]

    def test_open_ended_overrides_are_cut_too(self) -> None:
        listing = ListingFactory()
        PriceOverride.objects.create(rate_plan=listing.rate_plan, nights=DateRange(None, None), price_minor=5)
        set_night_prices(actor=SYSTEM, listing_id=listing.pk, start=JULY, end=JULY + timedelta(1), price_minor=9)
        assert prices(listing, JULY - timedelta(1), 3) == [5, 9, 5]

    @pytest.mark.parametrize(("length", "price"), [(0, 1), (-1, 1), (1096, 1), (1, -1), (1, MAX_PRICE_MINOR + 1)])
    def test_odd_ranges_and_prices_are_refused(self, length: int, price: int) -> None:
        with pytest.raises(BadInput):
            set_night_prices(
                actor=SYSTEM,
                listing_id=ListingFactory().pk,
                start=JULY,
                end=JULY + timedelta(length),
                price_minor=price,
            )

    def test_a_listing_needs_a_plan_first(self) -> None:
        listing = ListingFactory(rate_plan=None)
        with pytest.raises(Conflict):
            set_night_prices(actor=SYSTEM, listing_id=listing.pk, start=JULY, end=JULY + timedelta(1), price_minor=1)


class NightPricesTest(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(
        changes=st.lists(st.tuples(st.integers(0, 20), st.integers(1, 10), st.none() | st.integers(0, 999)), max_size=8)
    )
    def test_the_last_word_on_a_night_counts(self, changes: list[tuple[int, int, int | None]]) -> None:
        listing, expected = ListingFactory(), [None] * 30
        for start, length, price in changes:
            first = JULY + timedelta(start)
            set_night_prices(
                actor=SYSTEM, listing_id=listing.pk, start=first, end=first + timedelta(length), price_minor=price
            )
            expected[start : start + length] = [price] * length
        assert prices(listing, JULY, 30) == expected


class TestTerms:
    def test_a_company_defines_its_policies_and_taxes_once(self) -> None:
        company = CompanyFactory()
        host = Actor.of(MembershipFactory(company=company).user)
        terms = TaxTerms("vat", "VAT", TaxKind.PERCENTAGE, basis_points=1_900)
        policy = define_cancellation_policy(
            actor=host, company_id=company.pk, name="Fair", tiers=[(24, 5_000), (120, 10_000)]
        )
        assert [tier["hours_before"] for tier in policy.tiers] == [120, 24]
        define_tax(actor=host, company_id=company.pk, terms=terms)
        with pytest.raises(Conflict):
            define_cancellation_policy(actor=host, company_id=company.pk, name="Fair", tiers=[])
        with pytest.raises(Conflict):
            define_tax(actor=host, company_id=company.pk, terms=terms)

    @pytest.mark.parametrize("tiers", [[(24, 10_000), (120, 5_000)], [(24, 1), (24, 2)], [(-1, 1)], [(1, 10_001)]])
    def test_a_longer_notice_never_gives_back_less(self, tiers: list[tuple[int, int]]) -> None:
        with pytest.raises(BadInput):
            define_cancellation_policy(actor=SYSTEM, company_id=CompanyFactory().pk, name="Odd", tiers=tiers)

    @pytest.mark.parametrize(
        "terms",
        [
            TaxTerms("t", "T", TaxKind.PERCENTAGE),
            TaxTerms("t", "T", TaxKind.PERCENTAGE, basis_points=10_001),
            TaxTerms("t", "T", TaxKind.PERCENTAGE, basis_points=1, amount_minor=1),
            TaxTerms("t", "T", TaxKind.PER_PERSON_NIGHT),
            TaxTerms("t", "T", TaxKind.PER_PERSON_NIGHT, amount_minor=MAX_PRICE_MINOR + 1),
        ],
    )
    def test_a_tax_is_one_thing_and_not_nothing(self, terms: TaxTerms) -> None:
        with pytest.raises(BadInput):
            define_tax(actor=SYSTEM, company_id=CompanyFactory().pk, terms=terms)


def test_prices_of_last_year_do_not_concern_a_quote() -> None:
    listing = ListingFactory()
    before = DateRange(in_days(-400), in_days(-300))
    PriceOverride.objects.create(rate_plan=listing.rate_plan, nights=before, price_minor=1)
    assert price_cart(actor=SYSTEM, items=[stay(listing, nights=2)]).total.minor == 20_000
