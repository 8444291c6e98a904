"""Give some nights a price of their own, or take it away again."""

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.domain.periods import MAX_NIGHTS
from freehold.pricing.models import MAX_PRICE_MINOR, PriceOverride, RatePlan
from freehold.properties.access import permitted
from freehold.properties.models import Listing

_MAX_SPAN = timedelta(days=3 * MAX_NIGHTS)


def set_night_prices(
    *, actor: Actor, listing_id: UUID, start: date, end: date, price_minor: int | None, label: str = ""
) -> None:
    """The nights in [start, end) cost `price_minor`, whatever they cost before; None gives them back to the plan.

    Needs `pricing.edit`. Overrides that reach beyond the nights keep what lies outside. Raises Conflict `no_rate_plan`.
    """
    if not timedelta(0) < end - start <= _MAX_SPAN:
        raise BadInput("Give one night to three years of nights, in order.", code="invalid_range", attr="end")
    if price_minor is not None and not 0 <= price_minor <= MAX_PRICE_MINOR:
        raise BadInput(f"From 0 to {MAX_PRICE_MINOR}.", attr="price")
    if len(label) > 60:
        raise BadInput("At most 60 characters.", code="max_length", attr="label")
    with transaction.atomic():
        listing = permitted(actor=actor, model=Listing, pk=listing_id, permission="pricing.edit")
        plan = RatePlan.objects.company(listing.company_id).select_for_update().filter(listing=listing).first()
        if plan is None:
            raise Conflict("The listing has no rate plan yet.", code="no_rate_plan")
        _clear(plan, start, end)
        if price_minor is not None:
            PriceOverride.objects.create(
                rate_plan=plan, nights=DateRange(start, end), price_minor=price_minor, label=label
            )


def _clear(plan: RatePlan, start: date, end: date) -> None:
    """Takes the nights out of every override; what lies on either side stays."""
    overlapping = list(PriceOverride.objects.filter(rate_plan=plan, nights__overlap=(start, end)))
    PriceOverride.objects.filter(pk__in=[override.pk for override in overlapping]).delete()
    rest = []
    for override in overlapping:
        lower, upper = override.nights.lower, override.nights.upper
        if lower is None or lower < start:
            rest.append((DateRange(lower, start), override))
        if upper is None or upper > end:
            rest.append((DateRange(end, upper), override))
    PriceOverride.objects.bulk_create(
        PriceOverride(rate_plan=plan, nights=nights, price_minor=override.price_minor, label=override.label)
        for nights, override in rest
    )
