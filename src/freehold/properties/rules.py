"""A listing's columns as the pure rules want them."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db.models import prefetch_related_objects

from freehold.domain.listing_rules import SeasonRules, StayRules
from freehold.domain.occasions import Nights, Slot, When
from freehold.domain.party_rules import PartyRules
from freehold.domain.periods import MAX_NIGHTS, Period, local_instant, time_zone
from freehold.domain.slots import OpeningHours, SlotTerms
from freehold.properties.models import Listing, StayRestriction


def stay_rules(listing: Listing) -> StayRules:
    """Which stays the listing accepts; reads `listing.property`.

    Its restrictions are read once, unless they are at hand: for many listings prefetch them. A year is the longest stay
    there is: a longer minimum or maximum means a year.
    """
    prefetch_related_objects([listing], "restrictions")
    return StayRules(
        party=party_rules(listing),
        min_nights=min(listing.min_nights, MAX_NIGHTS),
        max_nights=min(listing.max_nights, MAX_NIGHTS),
        booking_window_days=listing.booking_window_days,
        lead_time_hours=listing.lead_time_hours,
        check_in_time=listing.property.check_in_time,
        time_zone=listing.property.time_zone,
        cut_off_time=listing.cut_off_time,
        arrival_weekdays=None if listing.arrival_weekdays is None else frozenset(listing.arrival_weekdays),
        departure_weekdays=None if listing.departure_weekdays is None else frozenset(listing.departure_weekdays),
        turnover_days=listing.turnover_days,
        seasons=tuple(_season(restriction) for restriction in listing.restrictions.all()),
    )


def party_rules(listing: Listing) -> PartyRules:
    """Whom the listing takes."""
    return PartyRules(
        capacity=listing.max_guests,
        max_adults=listing.max_adults,
        max_children=listing.max_children,
        infants_beside=listing.infants_beside,
        min_guest_age=listing.min_guest_age,
    )


def party_rules_in(listing: Listing, *, max_guests: int) -> PartyRules:
    """Whom the listing takes in one certain room, which may be smaller than others of its type."""
    rules = party_rules(listing)
    return replace(rules, capacity=max(1, min(rules.capacity, max_guests)))


def _season(restriction: StayRestriction) -> SeasonRules:
    limits = (
        None if limit is None else min(limit, MAX_NIGHTS) for limit in (restriction.min_nights, restriction.max_nights)
    )
    return SeasonRules(
        restriction.dates.lower or date.min,
        restriction.dates.upper or date.max,
        *limits,
        is_closed_to_arrival=restriction.is_closed_to_arrival,
        is_closed_to_departure=restriction.is_closed_to_departure,
        label=restriction.label,
    )


def slot_terms(listing: Listing) -> SlotTerms:
    """Which slots the listing accepts; reads `listing.property` and `listing.slot_rules`."""
    rules = listing.slot_rules
    return SlotTerms(
        opening_hours=OpeningHours.from_json(rules.opening_hours),
        party=party_rules(listing),
        grid_minutes=rules.grid_minutes,
        min_minutes=rules.min_minutes,
        max_minutes=rules.max_minutes,
        notice_minutes=max(rules.notice_minutes, 60 * listing.lead_time_hours),
        booking_window_days=listing.booking_window_days,
        time_zone=listing.property.time_zone,
    )


def taken_period(listing: Listing, when: When, period: Period) -> Period:
    """The period with what must stay empty around it: days of turnover after a stay, buffers around a slot.

    Reads `listing.property`, and for a slot `listing.slot_rules`.
    """
    match when:
        case Nights(_, check_out) if listing.turnover_days:
            return Period(period.start, _turned_over(listing, check_out))
        case Slot():
            rules = listing.slot_rules
            return Period(
                period.start - timedelta(minutes=rules.buffer_before_minutes),
                period.end + timedelta(minutes=rules.buffer_after_minutes),
            )
    return period


def empty_until(listing: Listing, end: datetime) -> datetime:
    """Until when it stays empty after somebody who had no date of departure leaves at `end`; reads
    `listing.property`."""
    if not listing.turnover_days:
        return end
    return max(end, _turned_over(listing, end.astimezone(time_zone(listing.property.time_zone)).date()))


def _turned_over(listing: Listing, check_out: date) -> datetime:
    place = listing.property
    last = check_out + timedelta(days=listing.turnover_days)
    return local_instant(last, place.check_out_time, place.time_zone)
