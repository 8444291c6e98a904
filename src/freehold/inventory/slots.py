"""The slots of a listing: each free, or closed for reasons that are told; and the nearest ones that are free."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from freehold.core import clock
from freehold.core.errors import BadInput
from freehold.domain.money import Money
from freehold.domain.occasions import Slot
from freehold.domain.party import Party
from freehold.domain.periods import Period, local_instant
from freehold.domain.pricing import LineKind, RatePlanTerms
from freehold.domain.reasons import Reason
from freehold.domain.slot_pricing import price_slot
from freehold.domain.slots import SlotTerms, check_slot, local_day, slots_of_day
from freehold.inventory.occupancy import Option, free_options, options_of, why_not_free
from freehold.inventory.types import SlotAlternative
from freehold.pricing.models import RatePlan
from freehold.pricing.selectors import night_terms, published_rate_plan
from freehold.properties.models import Listing
from freehold.properties.rules import slot_terms, taken_period
from freehold.properties.wishes import misfit, wished_quantity

MAX_SLOT_DAYS = 31
SEARCH_DAYS = 7
_DAY = timedelta(days=1)
# Alternatives are about times: whether the party fits was checked with the wish itself.
_ONE_PERSON = Party(1)


@dataclass(frozen=True, slots=True)
class SlotOffer:
    """One slot. `price` is for all seats that the party takes, before extra guests, fees and taxes."""

    slot: Slot
    reasons: tuple[Reason, ...]
    units_left: int
    price: Money

    @property
    def is_available(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class SlotCalendar:
    """What begins on some days, in time order, for one length; and the `lengths` in minutes that one may choose."""

    time_zone: str
    minutes: int
    lengths: tuple[int, ...]
    offers: tuple[SlotOffer, ...]

    def of_day(self, day: date) -> tuple[SlotOffer, ...]:
        return tuple(each for each in self.offers if local_day(each.slot.start_at, self.time_zone) == day)


def listing_slots(
    *,
    listing_id: UUID,
    start: date,
    end: date,
    minutes: int | None = None,
    party: Party = _ONE_PERSON,
    own_claims: Collection[UUID] = frozenset(),
) -> SlotCalendar:
    """The slots that begin on the place's days [start, end), at most a month of them. Four queries.

    `minutes` defaults to the shortest slot; `own_claims` are the holds of whoever looks. Raises NotFound,
    and BadInput for a range or a length that cannot be, and for a listing that is not sold by the slot.
    """
    if not 1 <= (end - start).days <= MAX_SLOT_DAYS:
        raise BadInput(f"Ask for 1 to {MAX_SLOT_DAYS} days.", code="invalid_range", attr="to")
    plan = published_rate_plan(listing_id=listing_id)
    listing, now = plan.listing, clock.now()
    if listing.mode != Listing.Mode.SLOT:
        raise BadInput("This listing is not sold by the slot.", code="wrong_occasion", attr="listing_id")
    if (reason := misfit(listing, Slot(now, now + _DAY))) is not None:
        raise BadInput(reason.detail, code=str(reason.code), attr="listing_id")
    rules = slot_terms(listing)
    length = rules.shortest if minutes is None else minutes
    if not rules.min_minutes <= length <= rules.max_minutes or length % (rules.grid_minutes or 1):
        raise BadInput("Slots of this length are not given here.", code="invalid_length", attr="minutes")
    prices = night_terms(plan, start=start, end=end)
    first, last = (local_instant(day, time(0), rules.time_zone) for day in (start, end))
    reach = timedelta(minutes=length) + _buffers(listing)
    options = options_of(listing_id=listing.pk, start=first - reach, end=last + reach)
    offers = []
    for index in range((end - start).days):
        day = start + timedelta(days=index)
        found = slots_of_day(rules, day=day, minutes=length)
        near = _near(options, listing, found)
        offers += [_offer(plan, prices, rules, near, day, slot, party, now, own_claims) for slot in found]
    return SlotCalendar(rules.time_zone, length, rules.lengths(), tuple(offers))


def nearest_free_slots(
    *, listing: Listing, slot: Slot, quantity: int = 1, limit: int = 3
) -> tuple[SlotAlternative, ...]:
    """Free slots of the same length with so many units, the nearest first; up to a week to either side. One query.

    Reads `listing.property` and `listing.slot_rules`.
    """
    rules, now = slot_terms(listing), clock.now()
    length = slot.end_at - slot.start_at
    minutes = length // timedelta(minutes=1)
    wanted = local_day(slot.start_at, rules.time_zone)
    reach = (SEARCH_DAYS + 1) * _DAY + length + _buffers(listing)
    options = options_of(listing_id=listing.pk, start=slot.start_at - reach, end=slot.end_at + reach)
    found: list[tuple[timedelta, Slot]] = []
    for day in _outwards(wanted):
        candidates = slots_of_day(rules, day=day, minutes=minutes)
        near = _near(options, listing, candidates)
        found += [
            (abs(each.start_at - slot.start_at), each)
            for each in candidates
            if not check_slot(rules, slot=each, party=_ONE_PERSON, now=now)
            and free_options(near, taken_period(listing, each, Period(each.start_at, each.end_at))) >= quantity
        ]
        # What begins on days further away is further away, by a day each.
        if len([each for each in found if each[0] <= _certain(day, wanted)]) >= limit:
            break
    found.sort(key=lambda each: (each[0], each[1].start_at))
    return tuple(SlotAlternative(listing.pk, each.start_at, each.end_at) for _distance, each in found[:limit])


def _offer(
    plan: RatePlan,
    prices: RatePlanTerms,
    rules: SlotTerms,
    options: Sequence[Option],
    day: date,
    slot: Slot,
    party: Party,
    now: datetime,
    own_claims: Collection[UUID],
) -> SlotOffer:
    listing = plan.listing
    quantity = wished_quantity(listing, slot, party)
    wanted = Period(slot.start_at, slot.end_at)
    period = taken_period(listing, slot, wanted)
    reasons = check_slot(rules, slot=slot, party=party, now=now) or why_not_free(
        options, period, zone=rules.time_zone, quantity=quantity, wanted=wanted, own_claims=own_claims
    )
    minutes = (slot.end_at - slot.start_at) // timedelta(minutes=1)
    is_hourly = plan.basis == RatePlan.Basis.HOUR
    priced = price_slot(prices, day=day, minutes=minutes, party=party, is_hourly=is_hourly, quantity=quantity)
    return SlotOffer(slot, reasons, free_options(options, period), priced.amount_of(LineKind.SLOT))


def _near(options: Sequence[Option], listing: Listing, slots: Sequence[Slot]) -> tuple[Option, ...]:
    """The options with what may concern these slots, which follow each other."""
    if not slots:
        return ()
    around = taken_period(listing, slots[0], Period(slots[0].start_at, slots[-1].end_at))
    return tuple(Option(option.id, option.taken_during(around)) for option in options)


def _buffers(listing: Listing) -> timedelta:
    rules = listing.slot_rules
    return timedelta(minutes=rules.buffer_before_minutes + rules.buffer_after_minutes)


def _outwards(day: date) -> Iterator[date]:
    yield day
    for distance in range(1, SEARCH_DAYS + 1):
        yield day - distance * _DAY
        yield day + distance * _DAY


def _certain(day: date, wanted: date) -> timedelta:
    """So near is nothing that begins on a day that `_outwards` tells after this one."""
    return max(abs((day - wanted).days) - 1, 0) * _DAY
