"""What the one statement brings is what the ORM would have read."""

from datetime import date, time
from typing import Any

import pytest
from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext

from freehold.pricing.models import PriceOverride, RatePlan
from freehold.pricing.selectors import published_rate_plans, rate_plan_terms
from freehold.properties.models import StayRestriction
from freehold.properties.rules import stay_rules
from tests.factories import ListingFactory, TaxFactory

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 12, 1), date(2026, 12, 8)


def values(instance: models.Model) -> dict[str, Any]:
    return {field.attname: getattr(instance, field.attname) for field in instance._meta.concrete_fields}


def rich_plan() -> RatePlan:
    listing = ListingFactory(cut_off_time=time(18), arrival_weekdays=[0, 4], max_adults=2)
    plan: RatePlan = listing.rate_plan
    plan.weekday_prices = [None, 9_000, None, None, 12_000, 13_000, None]
    plan.stay_discounts = [{"min_nights": 7, "basis_points": 1_000}]
    plan.save()
    plan.taxes.add(TaxFactory(company=listing.company, code="b"), TaxFactory(company=listing.company, code="a"))
    PriceOverride.objects.create(rate_plan=plan, nights=DateRange(date(2026, 12, 2), date(2026, 12, 4)), price_minor=1)
    PriceOverride.objects.create(rate_plan=plan, nights=DateRange(date(2027, 1, 1), None), price_minor=2)
    StayRestriction.objects.create(listing=listing, dates=DateRange(None, date(2026, 12, 25)), min_nights=3)
    return plan


def test_every_column_is_what_the_orm_reads() -> None:
    expected = RatePlan.objects.system("test").get(pk=rich_plan().pk)
    with CaptureQueriesContext(connection) as queries:
        (found,) = published_rate_plans(listing_ids=[expected.listing_id]).values()
        listing = found.listing
        read = [found, listing, listing.property, listing.company, found.cancellation_policy]
        assert getattr(listing, "slot_rules", None) is None
    assert len(queries) == 1
    listing = expected.listing
    for ours, orms in zip(
        read, [expected, listing, listing.property, listing.company, expected.cancellation_policy], strict=True
    ):
        assert values(ours) == values(orms)


def test_terms_and_rules_follow_without_another_query() -> None:
    expected = RatePlan.objects.system("test").get(pk=rich_plan().pk)
    (found,) = published_rate_plans(listing_ids=[expected.listing_id], start=FIRST, end=LAST).values()
    with CaptureQueriesContext(connection) as queries:
        terms, rules = rate_plan_terms(found, start=FIRST, end=LAST), stay_rules(found.listing)
    assert not queries
    assert terms == rate_plan_terms(expected, start=FIRST, end=LAST)
    assert rules == stay_rules(expected.listing)
    assert [tax.code for tax in terms.taxes] == ["a", "b"]
    assert terms.date_prices == {date(2026, 12, 2): 1, date(2026, 12, 3): 1}


def test_overrides_are_those_of_the_asked_nights() -> None:
    plan = rich_plan()
    (some,) = published_rate_plans(listing_ids=[plan.listing_id], start=FIRST, end=LAST).values()
    (every,) = published_rate_plans(listing_ids=[plan.listing_id]).values()
    assert [each.price_minor for each in some.overrides.all()] == [1]
    assert [each.price_minor for each in every.overrides.all()] == [1, 2]
