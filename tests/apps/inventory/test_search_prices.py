"""The SQL of the search and the pure rules agree to the cent: thousands of random plans and stays at once."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from freehold.domain.party import Party
from freehold.domain.pricing import price_stay
from freehold.inventory.search.page import search
from freehold.inventory.search.query import SearchQuery, Sort
from freehold.pricing.models import PriceOverride, RatePlan, Tax
from freehold.pricing.selectors import published_rate_plans, rate_plan_terms
from freehold.properties.models import Listing, Property, Unit
from tests.factories import ListingFactory, TaxFactory
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db

PLANS = 150
STAYS = 24


def test_every_total_is_the_total_of_the_pure_rules() -> None:
    dice = random.Random(20261121)
    first = ListingFactory(max_guests=12)
    taxes = [_tax(dice, first) for _ in range(8)]
    _copy(first, PLANS - 1)
    for plan in RatePlan.objects.system("test"):
        _throw(dice, plan, taxes)
    ids = list(Listing.objects.published().values_list("pk", flat=True))

    compared = 0
    for _ in range(STAYS):
        check_in = in_days(dice.randint(2, 60))
        check_out = check_in + timedelta(days=dice.choice([1, 2, 3, 5, 7, 14, 28, 90, 365]))
        ages = tuple(dice.randint(0, 17) for _ in range(dice.randint(0, 3)))
        party = Party(dice.randint(1, 6), ages)
        query = SearchQuery(
            check_in=check_in, check_out=check_out, guests=party.size, children=ages, page_size=100, sort=Sort.PRICE
        )
        totals = _all_totals(query)
        assert totals.keys() == set(ids)
        plans = published_rate_plans(listing_ids=ids, start=check_in, end=check_out)
        for listing_id, plan in plans.items():
            terms = rate_plan_terms(plan, start=check_in, end=check_out)
            stay = price_stay(terms, check_in=check_in, check_out=check_out, party=party)
            assert totals[listing_id] == (stay.total, stay.nightly), (plan.pk, check_in, check_out, party)
            compared += 1
    assert compared == PLANS * STAYS


def _all_totals(query: SearchQuery) -> dict[Any, Any]:
    totals: dict[Any, Any] = {}
    cursor = ""
    while True:
        page = search(SearchQuery(**{**_fields(query), "cursor": cursor}))
        totals |= {hit.listing_id: (hit.total, hit.nightly) for hit in page.hits}
        cursor = page.next_cursor
        if not cursor:
            return totals


def _fields(query: SearchQuery) -> dict[str, Any]:
    names = ("check_in", "check_out", "guests", "children", "page_size", "sort")
    return {name: getattr(query, name) for name in names}


def _copy(listing: Listing, count: int) -> None:
    """More listings like the first, each with a place, a unit and a plan of its own."""
    plan = listing.rate_plan
    places = [_like(listing.property, title=f"House {n}", slug=f"copy-{n}") for n in range(count)]
    Property.objects.bulk_create(places)
    units = [_like(listing.unit, property=place, name="Unit") for place in places]
    Unit.objects.bulk_create(units)
    listings = [
        _like(listing, property=unit.property, unit=unit, slug=f"listing-copy-{n}") for n, unit in enumerate(units)
    ]
    Listing.objects.bulk_create(listings)
    RatePlan.objects.bulk_create(_like(plan, listing=each) for each in listings)


def _like(row: Any, **changes: Any) -> Any:
    model = type(row)
    values = {
        field.name: getattr(row, field.name)
        for field in model._meta.concrete_fields
        if field.name not in {"id", "serial"}
    }
    return model(**{**values, **changes})


def _tax(dice: random.Random, listing: Listing) -> Tax:
    if dice.random() < 0.5:
        return TaxFactory(
            company=listing.company, basis_points=dice.randint(1, 10_000), on_cleaning=dice.random() < 0.5
        )
    return TaxFactory(
        company=listing.company,
        kind=Tax.Kind.PER_PERSON_NIGHT,
        amount_minor=dice.randint(1, 999),
        exempt_below_age=dice.choice([0, 2, 12, 18]),
        max_nights=dice.choice([None, 1, 7, 30]),
    )


def _throw(dice: random.Random, plan: RatePlan, taxes: list[Tax]) -> None:
    plan.base_price_minor = dice.randint(0, 99_999)
    plan.weekday_prices = dice.choice([None, [dice.choice([None, dice.randint(0, 99_999)]) for _ in range(7)]])
    tiers = dice.sample(range(1, 40), dice.randint(0, 3))
    plan.stay_discounts = [{"min_nights": nights, "basis_points": dice.randint(0, 10_000)} for nights in tiers]
    plan.included_guests = dice.randint(1, 5)
    plan.extra_guest_fee_minor = dice.choice([0, dice.randint(1, 9_999)])
    plan.cleaning_fee_minor = dice.choice([0, dice.randint(1, 29_999)])
    plan.save()
    plan.taxes.set(dice.sample(taxes, dice.randint(0, 4)))
    start = dice.randint(-5, 30)
    for _ in range(dice.randint(0, 5)):
        length = dice.randint(1, 12)
        nights = DateRange(in_days(start), in_days(start + length))
        PriceOverride.objects.create(rate_plan=plan, nights=nights, price_minor=dice.randint(0, 199_999))
        start += length + dice.choice([0, 1, 9])
