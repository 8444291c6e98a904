"""What could be had instead of a stay that is taken."""

from datetime import date, datetime, timedelta

from freehold.core import clock
from freehold.domain.listing_rules import StayRules, check_stay
from freehold.domain.party import Party
from freehold.domain.periods import Period, stay_period, time_zone
from freehold.inventory.occupancy import Option, options_of
from freehold.inventory.types import Alternative
from freehold.properties.models import Listing
from freehold.properties.rules import stay_rules

SEARCH_DAYS = 30
VIEW = timedelta(days=SEARCH_DAYS + 2)
"""How far around a stay one must look to tell its alternatives."""

# Alternatives are about dates: whether the party fits was checked with the wish itself.
_ONE_PERSON = Party(1)


def nearest_free_stays(
    *,
    listing: Listing,
    check_in: date,
    check_out: date,
    limit: int = 3,
    options: tuple[Option, ...] | None = None,
) -> tuple[Alternative, ...]:
    """Free stays of the same length in the same listing, the nearest first (the earlier of two equally near).

    Looks up to 30 days to either side; reads `listing.property`. One query, unless the `options` within `VIEW` around
    the stay are given.
    """
    place, length = listing.property, check_out - check_in
    if options is None:
        midnight = datetime.combine(check_in, datetime.min.time(), tzinfo=time_zone(place.time_zone))
        options = options_of(listing_id=listing.pk, start=midnight - VIEW, end=midnight + length + VIEW)
    now = clock.now()
    found: list[Alternative] = []
    for offset in _outwards(SEARCH_DAYS):
        first = check_in + timedelta(days=offset)
        if len(found) == limit:
            break
        if _is_accepted(stay_rules(listing), first, first + length, now) and _is_free(listing, options, first, length):
            found.append(Alternative(listing.pk, first, first + length))
    return tuple(found)


def _outwards(days: int) -> list[int]:
    """-1, 1, -2, 2, ..."""
    return [sign * distance for distance in range(1, days + 1) for sign in (-1, 1)]


def _is_accepted(rules: StayRules, check_in: date, check_out: date, now: datetime) -> bool:
    today = now.astimezone(time_zone(rules.time_zone)).date()
    return not check_stay(rules, check_in=check_in, check_out=check_out, party=_ONE_PERSON, today=today, now=now)


def _is_free(listing: Listing, options: tuple[Option, ...], check_in: date, length: timedelta) -> bool:
    place = listing.property
    period: Period = stay_period(
        check_in, check_in + length, place.check_in_time, place.check_out_time, place.time_zone
    )
    return any(not option.taken_during(period) for option in options)
