"""Give some dates rules of their own for arrivals and departures, or take them away again."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from freehold.core.actor import Actor
from freehold.core.errors import BadInput, ErrorItem
from freehold.domain.periods import MAX_NIGHTS
from freehold.properties.access import permitted
from freehold.properties.models import Listing, StayRestriction

_MAX_SPAN = timedelta(days=3 * MAX_NIGHTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """What is asked of stays that begin (or, for departures, end) on some dates. Raises BadInput naming every field."""

    min_nights: int | None = None
    max_nights: int | None = None
    is_closed_to_arrival: bool = False
    is_closed_to_departure: bool = False
    label: str = ""

    def __post_init__(self) -> None:
        problems = []
        for name in ("min_nights", "max_nights"):
            limit = getattr(self, name)
            if limit is not None and not 1 <= limit <= MAX_NIGHTS:
                problems.append(ErrorItem("invalid", f"From 1 to {MAX_NIGHTS}, or null.", name))
        if not problems and (self.max_nights or MAX_NIGHTS) < (self.min_nights or 1):
            detail = "The longest stay is shorter than the shortest."
            problems.append(ErrorItem("invalid_range", detail, "max_nights"))
        if len(self.label) > 60:
            problems.append(ErrorItem("max_length", "At most 60 characters.", "label"))
        if problems:
            raise BadInput.of(problems)

    @property
    def says_something(self) -> bool:
        limits = self.min_nights is not None or self.max_nights is not None
        return limits or self.is_closed_to_arrival or self.is_closed_to_departure


def set_stay_restrictions(
    *, actor: Actor, listing_id: UUID, start: date, end: date, restriction: Restriction
) -> list[StayRestriction]:
    """The dates in [start, end) have this restriction and no other; one that says nothing takes away what was there.

    Needs `properties.edit`. Restrictions that reach beyond the dates keep what lies outside. Returns all of the listing
    that are not over before `start`, in order.
    """
    if not timedelta(0) < end - start <= _MAX_SPAN:
        raise BadInput("Give one day to three years of days, in order.", code="invalid_range", attr="last_day")
    with transaction.atomic():
        listing = permitted(actor=actor, model=Listing, pk=listing_id, lock=True)
        _clear(listing, start, end)
        if restriction.says_something:
            _write(listing, DateRange(start, end), restriction)
    return list(StayRestriction.objects.filter(listing=listing, dates__endswith__gt=start).order_by("dates"))


def _clear(listing: Listing, start: date, end: date) -> None:
    """Takes the dates out of every restriction; what lies on either side stays."""
    overlapping = list(StayRestriction.objects.filter(listing=listing, dates__overlap=(start, end)))
    StayRestriction.objects.filter(pk__in=[each.pk for each in overlapping]).delete()
    for each in overlapping:
        rest = Restriction(
            min_nights=each.min_nights,
            max_nights=each.max_nights,
            is_closed_to_arrival=each.is_closed_to_arrival,
            is_closed_to_departure=each.is_closed_to_departure,
            label=each.label,
        )
        lower, upper = each.dates.lower, each.dates.upper
        if lower is None or lower < start:
            _write(listing, DateRange(lower, start), rest)
        if upper is None or upper > end:
            _write(listing, DateRange(end, upper), rest)


def _write(listing: Listing, dates: DateRange, restriction: Restriction) -> None:
    StayRestriction.objects.create(
        listing=listing,
        dates=dates,
        min_nights=restriction.min_nights,
        max_nights=restriction.max_nights,
        is_closed_to_arrival=restriction.is_closed_to_arrival,
        is_closed_to_departure=restriction.is_closed_to_departure,
        label=restriction.label,
    )
