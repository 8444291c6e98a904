"""What could be had instead of a stay that is taken, or that the rules of its place do not accept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from freehold.core import clock
from freehold.domain.listing_rules import StayRules, check_dates
from freehold.domain.occasions import Nights, When
from freehold.domain.periods import MAX_NIGHTS, stay_period, time_zone
from freehold.domain.reasons import ReasonCode
from freehold.inventory.occupancy import Option, options_of
from freehold.inventory.types import Alternative
from freehold.properties.models import Listing
from freehold.properties.rules import stay_rules, taken_period

SEARCH_DAYS = 30
MORE_OR_FEWER_NIGHTS = 14
MAX_TURNOVER_DAYS = 30
_MENDED_BY_OTHER_DATES = frozenset(
    {
        ReasonCode.IN_PAST,
        ReasonCode.BEYOND_WINDOW,
        ReasonCode.LEAD_TIME,
        ReasonCode.CUT_OFF,
        ReasonCode.CLOSED_TO_ARRIVAL,
        ReasonCode.ARRIVAL_WEEKDAY,
        ReasonCode.CLOSED_TO_DEPARTURE,
        ReasonCode.DEPARTURE_WEEKDAY,
        ReasonCode.MIN_NIGHTS,
        ReasonCode.MAX_NIGHTS,
    }
)
VIEW = timedelta(days=SEARCH_DAYS + MORE_OR_FEWER_NIGHTS + MAX_TURNOVER_DAYS + 2)
"""How far around a stay one must look to tell its alternatives."""


def nearest_free_stays(
    *,
    listing: Listing,
    check_in: date,
    check_out: date,
    limit: int = 3,
    options: tuple[Option, ...] | None = None,
) -> tuple[Alternative, ...]:
    """Stays in the same listing that its rules accept and that are free, the nearest first (the earlier of two).

    They have the same length. Only where no such stay can be had within 30 days, because of a shortest or longest stay
    or of days of arrival and departure, the length that comes nearest is offered, from each arrival. Reads
    `listing.property`. Two queries at most, one fewer when the `options` within `VIEW` around the stay are given.
    """
    length = (check_out - check_in).days
    if options is None:
        midnight = datetime.combine(check_in, datetime.min.time(), tzinfo=time_zone(listing.property.time_zone))
        options = options_of(listing_id=listing.pk, start=midnight - VIEW, end=midnight + timedelta(length) + VIEW)
    chances = _Chances(listing, stay_rules(listing), options, clock.now())
    found: list[Alternative] = []
    for is_same_length in (True, False):
        for offset in _outwards(SEARCH_DAYS):
            first = check_in + timedelta(days=offset)
            lengths = [length] if is_same_length else _other_lengths(length)
            nearest = next((each for each in lengths if chances.can_be_had(first, each)), None)
            if nearest is not None:
                found.append(Alternative(listing.pk, first, first + timedelta(days=nearest)))
            if len(found) == limit:
                return tuple(found)
        if found:
            break
    return tuple(found)


def mending_stays(*, listing: Listing, when: When, broken: Iterable[str]) -> tuple[Alternative, ...]:
    """The nearest free stays for nights that break rules (their codes) about dates; none where another one is broken.

    A party that is too large stays so on other dates.
    """
    if not isinstance(when, Nights) or not _MENDED_BY_OTHER_DATES.issuperset(broken):
        return ()
    return nearest_free_stays(listing=listing, check_in=when.check_in, check_out=when.check_out)


@dataclass(frozen=True, slots=True)
class _Chances:
    listing: Listing
    rules: StayRules
    options: tuple[Option, ...]
    now: datetime

    def can_be_had(self, check_in: date, count: int) -> bool:
        """Alternatives are about dates: whether the party fits is said with the wish itself."""
        check_out = check_in + timedelta(days=count)
        today = self.now.astimezone(time_zone(self.rules.time_zone)).date()
        if check_dates(self.rules, check_in=check_in, check_out=check_out, today=today, now=self.now):
            return False
        place = self.listing.property
        period = stay_period(check_in, check_out, place.check_in_time, place.check_out_time, place.time_zone)
        taking = taken_period(self.listing, Nights(check_in, check_out), period)
        return any(not option.taken_during(taking) for option in self.options)


def _outwards(days: int) -> list[int]:
    """0, -1, 1, -2, 2, ..."""
    return [0, *(sign * distance for distance in range(1, days + 1) for sign in (-1, 1))]


def _other_lengths(length: int) -> Iterator[int]:
    """Longer before shorter: who is told that a stay is too short wants to hear what is long enough."""
    lengths = (length + sign * by for by in range(1, MORE_OR_FEWER_NIGHTS + 1) for sign in (1, -1))
    return (each for each in lengths if 1 <= each <= MAX_NIGHTS)
