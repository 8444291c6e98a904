"""The statement behind every price: listing, place, plan, policy, taxes and rules of days, in one round trip."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from freehold.companies.models import Company
from freehold.core.rows import Columns, partly, put_at_hand
from freehold.pricing.models import CancellationPolicy, PriceOverride, RatePlan, Tax
from freehold.properties.models import Listing, Property, SlotRules, StayRestriction

# By the fields of the JSON arrays that the function `pricing_published_plans` answers (see its migration).
_TAX = (
    "id",
    "code",
    "label",
    "kind",
    "basis_points",
    "amount_minor",
    "exempt_below_age",
    "max_nights",
    "on_cleaning",
)
_OVERRIDE = ("id", "nights", "price_minor", "label")
_RESTRICTION = (
    "id",
    "dates",
    "min_nights",
    "max_nights",
    "is_closed_to_arrival",
    "is_closed_to_departure",
    "label",
)
_ALL_NIGHTS = "(,)"


class _Statement:
    """Composed once, when the models are loaded."""

    def __init__(self) -> None:
        self.listing = Columns(Listing, "listing")
        self.place = Columns(Property, "place")
        self.company = Columns(Company, "company")
        self.plan = Columns(RatePlan, "plan")
        self.policy = Columns(CancellationPolicy, "policy")
        self.slot_rules = Columns(SlotRules, "slot_rules")
        self.parts = (self.listing, self.place, self.company, self.plan, self.policy, self.slot_rules)
        columns = ", ".join(part.text for part in self.parts)
        self.text = (
            f"SELECT taxes, overrides, restrictions, {columns}"  # noqa: S608 - names of columns
            " FROM pricing_published_plans(%s::uuid[], %s::daterange)"
        )


@cache
def _statement() -> _Statement:
    return _Statement()


def read_published_plans(listing_ids: Collection[UUID], start: date | None, end: date | None) -> Iterator[RatePlan]:
    """The plans of what is published among these, with everything that they stand on at hand."""
    nights = _ALL_NIGHTS if start is None or end is None else f"[{start.isoformat()},{end.isoformat()})"
    with connection.cursor() as cursor:
        cursor.execute(_statement().text, [list(listing_ids), nights])
        rows = cursor.fetchall()
    return map(_plan, rows)


def _plan(row: Sequence[Any]) -> RatePlan:
    statement = _statement()
    taxes, overrides, restrictions = row[:3]
    values: list[Sequence[Any]] = []
    at = 3
    for part in statement.parts:
        values.append(row[at : at + part.count])
        at += part.count
    listing = statement.listing.instance(values[0])
    listing.property = statement.place.instance(values[1])
    listing.company = statement.company.instance(values[2])
    plan = statement.plan.instance(values[3])
    plan.listing = listing
    plan.cancellation_policy = statement.policy.instance(values[4])
    if values[5][0] is None:
        listing._state.fields_cache["slot_rules"] = None
    else:
        statement.slot_rules.instance(values[5]).listing = listing
    put_at_hand(plan, "taxes", [partly(Tax, _TAX, (UUID(tax[0]), *tax[1:])) for tax in taxes or ()])
    put_at_hand(plan, "overrides", [partly(PriceOverride, _OVERRIDE, _ranged(each)) for each in overrides or ()])
    put_at_hand(
        listing,
        "restrictions",
        [partly(StayRestriction, _RESTRICTION, _ranged((UUID(each[0]), *each[1:]))) for each in restrictions or ()],
    )
    return plan


def _ranged(values: Sequence[Any]) -> tuple[Any, ...]:
    """The key, the two dates that follow it as a range, and the rest."""
    key, first, last, *rest = values
    return key, DateRange(_day(first), _day(last)), *rest


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
