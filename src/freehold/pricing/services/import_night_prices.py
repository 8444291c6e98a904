"""Follow the prices of another system's calendar, night by night, without undoing what people set here since."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.copying import copy_rows
from freehold.pricing.models import MAX_PRICE_MINOR, PriceOverride, RatePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class NightPrices:
    """What the source says about one listing: prices by day number, in minor units, and its own base price.

    `written` are the overrides that the last import stood by, as `remember_nights` keeps them.
    """

    listing_id: UUID
    base_price_minor: int
    prices: Mapping[int, int]
    written: Mapping[str, Any] | None


@dataclass(slots=True)
class NightPriceChange:
    """`set` nights got another price, `kept` nights have one from here. `written` is to be remembered."""

    listing_id: UUID
    set: dict[int, int | None] = field(default_factory=dict)
    kept: list[int] = field(default_factory=list)
    written: dict[str, Any] | None = None
    is_priced_here: bool = False


def import_night_prices(
    *, actor: Actor, company_id: UUID, calendars: Iterable[NightPrices], dry_run: bool = False
) -> list[NightPriceChange]:
    """Gives each night that the source prices unlike its own base an override, all or nothing. Needs `pricing.edit`.

    A night whose price somebody changed since the last import keeps it, and so do all nights of a listing whose base
    price is no more the source's. Listings without a rate plan are left out.
    """
    require(actor=actor, permission="pricing.edit", company_id=company_id)
    chosen = {calendar.listing_id: calendar for calendar in calendars if calendar.prices}
    with transaction.atomic():
        plans = list(
            RatePlan.objects.company(company_id)
            .filter(listing_id__in=list(chosen))
            .order_by("pk")
            .select_for_update(no_key=True)
        )
        overrides: dict[UUID, list[PriceOverride]] = defaultdict(list)
        for override in PriceOverride.objects.filter(rate_plan__in=plans):
            overrides[override.rate_plan_id].append(override)
        changes = []
        for plan in plans:
            calendar = chosen[plan.listing_id]
            change = _compare(calendar, plan, overrides[plan.pk])
            changes.append(change)
            if change.set and not dry_run:
                _write(plan, change.set, overrides[plan.pk])
    return changes


def remember_nights(overrides: Mapping[int, int]) -> dict[str, Any] | None:
    """Overrides by day number as compact JSON: the first day, and a price or null for each day from there."""
    if not overrides:
        return None
    first, last = min(overrides), max(overrides)
    prices = [overrides.get(night) for night in range(first, last + 1)]
    return {"first": date.fromordinal(first).isoformat(), "prices": prices}


def recall_nights(written: Mapping[str, Any] | None) -> dict[int, int]:
    """The inverse of `remember_nights`."""
    if not written:
        return {}
    first = date.fromisoformat(written["first"]).toordinal()
    return {first + index: price for index, price in enumerate(written["prices"]) if price is not None}


def _compare(calendar: NightPrices, plan: RatePlan, overrides: Sequence[PriceOverride]) -> NightPriceChange:
    change = NightPriceChange(plan.listing_id, written=dict(calendar.written) if calendar.written else None)
    if plan.base_price_minor != calendar.base_price_minor:
        change.is_priced_here = True
        return change
    first, last = min(calendar.prices), max(calendar.prices)
    current = _by_night(overrides, first, last)
    written = recall_nights(calendar.written)
    # Nights before the source's first are past: they need no memory.
    remembered = {night: price for night, price in written.items() if night >= first}
    for night, price in calendar.prices.items():
        wanted = None if price == calendar.base_price_minor or price > MAX_PRICE_MINOR else price
        now = current.get(night)
        if wanted != now and now != written.get(night):
            change.kept.append(night)
            continue
        if wanted != now:
            change.set[night] = wanted
        if wanted is None:
            remembered.pop(night, None)
        else:
            remembered[night] = wanted
    change.written = remember_nights(remembered)
    return change


def _by_night(overrides: Iterable[PriceOverride], first: int, last: int) -> dict[int, int]:
    prices: dict[int, int] = {}
    for override in overrides:
        lower, upper = _bounds(override)
        for night in range(max(lower, first), min(upper, last + 1)):
            prices[night] = override.price_minor
    return prices


def _bounds(override: PriceOverride) -> tuple[int, int]:
    """Day numbers [lower, upper); a range without an end reaches as far as dates do."""
    lower, upper = override.nights.lower, override.nights.upper
    return (lower or date.min).toordinal(), (upper or date.max).toordinal()


def _write(plan: RatePlan, prices: Mapping[int, int | None], overrides: Iterable[PriceOverride]) -> None:
    """Takes the nights out of the overrides that have them, and gives those that need one a new one."""
    rows: list[tuple[int, int, int, str]] = []
    gone: list[int] = []
    for override in overrides:
        lower, upper = _bounds(override)
        hit = sorted(night for night in prices if lower <= night < upper)
        if not hit:
            continue
        gone.append(override.pk)
        edges = [lower - 1, *hit, upper]
        rows += [
            (start + 1, end, override.price_minor, override.label) for start, end in pairwise(edges) if start + 1 < end
        ]
    for night in sorted(prices):
        price = prices[night]
        if price is None:
            continue
        if rows and rows[-1][1] == night and rows[-1][2:] == (price, ""):
            rows[-1] = (rows[-1][0], night + 1, price, "")
        else:
            rows.append((night, night + 1, price, ""))
    PriceOverride.objects.filter(pk__in=gone).delete()
    copy_rows(
        PriceOverride,
        ("rate_plan_id", "nights", "price_minor", "label"),
        (
            (plan.pk, DateRange(date.fromordinal(first), date.fromordinal(end), "[)"), price, label)
            for first, end, price, label in rows
        ),
    )
