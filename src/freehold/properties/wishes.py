"""A listing asked for some time: does it sell that, do its rules accept it, which instants and how many units is it?

`listing.property` is at hand, and for a slot `listing.slot_rules`.
"""

from datetime import date, datetime

from freehold.domain.listing_rules import check_stay
from freehold.domain.occasions import Nights, Occasion, Slot, UntilCancelled, When, occasion_of
from freehold.domain.party import Party
from freehold.domain.party_rules import check_party
from freehold.domain.periods import FOREVER, Period, stay_period
from freehold.domain.reasons import Reason, ReasonCode, counted
from freehold.domain.slots import check_slot, local_day
from freehold.properties.models import Listing, SlotRules
from freehold.properties.rules import party_rules, slot_terms, stay_rules

WRONG_OCCASION = "wrong_occasion"
NOT_BOOKABLE = "not_bookable"
NO_SLOTS = "no_slots"

_SOLD = {
    Listing.Mode.STAY: frozenset({Occasion.NIGHTS}),
    Listing.Mode.SLOT: frozenset({Occasion.SLOT}),
    Listing.Mode.EXCLUSIVE: frozenset({Occasion.NIGHTS, Occasion.UNTIL_CANCELLED}),
}
_NEEDED = {
    Listing.Mode.STAY: "This is sold by the night: give check_in and check_out.",
    Listing.Mode.SLOT: "This is sold by the slot: give start_at and end_at.",
    Listing.Mode.EXCLUSIVE: "This is given as a whole: give check_in and check_out, or no dates to have it from now on "
    "until you cancel.",
}


def misfit(listing: Listing, when: When) -> Reason | None:
    """Why this is no way of booking the listing at all; None when it is one."""
    mode = Listing.Mode(listing.mode)
    if mode not in _SOLD:
        return Reason(NOT_BOOKABLE, "This is let or sold by agreement. It cannot be booked here.")
    if occasion_of(when) not in _SOLD[mode]:
        return Reason(WRONG_OCCASION, _NEEDED[mode])
    if mode == Listing.Mode.SLOT and slot_rules_of(listing) is None:
        return Reason(NO_SLOTS, "This place has no opening hours yet.")
    return None


def refusals(listing: Listing, when: When, party: Party, *, now: datetime) -> tuple[Reason, ...]:
    """Every reason of the listing against this; whether the space is free is not among them.

    Raises PeriodError for dates that make no period at all.
    """
    if (reason := misfit(listing, when)) is not None:
        return (reason,)
    match when:
        case Slot():
            return check_slot(slot_terms(listing), slot=when, party=party, now=now)
        case UntilCancelled():
            return _refusals_from_now(listing, party)
    rules, today = stay_rules(listing), local_day(now, listing.property.time_zone)
    return check_stay(rules, check_in=when.check_in, check_out=when.check_out, party=party, today=today, now=now)


def wished_period(listing: Listing, when: When, *, now: datetime) -> Period:
    """The instants that it is for: nights by the place's clock, and from `now` without an end until cancelled."""
    match when:
        case Slot():
            return Period(when.start_at, when.end_at)
        case UntilCancelled():
            return Period(now.replace(microsecond=0), FOREVER)
    place = listing.property
    return stay_period(when.check_in, when.check_out, place.check_in_time, place.check_out_time, place.time_zone)


def local_dates(listing: Listing, when: When, period: Period) -> tuple[date, date | None]:
    """The place's dates of the period, as people see them; what has no end has no last date."""
    if isinstance(when, Nights):
        return when.check_in, when.check_out
    zone = listing.property.time_zone
    first = local_day(period.start, zone)
    return first, None if isinstance(when, UntilCancelled) else local_day(period.end, zone)


def wished_quantity(listing: Listing, when: When, party: Party) -> int:
    """How many units of the listing's type: a seat for each guest where seats are sold, else one."""
    rules = slot_rules_of(listing) if isinstance(when, Slot) else None
    is_by_seat = rules is not None and rules.seat_per_guest and listing.unit_type_id is not None
    return party.size if is_by_seat else 1


def slot_rules_of(listing: Listing) -> SlotRules | None:
    found: SlotRules | None = getattr(listing, "slot_rules", None)
    return found


def _refusals_from_now(listing: Listing, party: Party) -> tuple[Reason, ...]:
    reasons = check_party(party_rules(listing), party)
    if not listing.lead_time_hours:
        return reasons
    detail = f"Bookings are made at least {counted(listing.lead_time_hours, 'hour')} ahead: give the dates."
    return (Reason(ReasonCode.LEAD_TIME, detail), *reasons)
