"""Price a booking that changes: nights that stay keep the price that they were promised for. Writes nothing.

See `docs/decisions/0013-what-a-change-costs.md` for what follows which price.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, ErrorItem
from freehold.domain.cancellation import CancellationTerms, refund_timeline_of_parts
from freehold.domain.changes import terms_after_move
from freehold.domain.money import Money, round_half_up
from freehold.domain.occasions import Nights
from freehold.domain.periods import PeriodError, night_dates, stay_period, time_zone
from freehold.domain.pricing import LineKind, night_price, price_stay
from freehold.domain.reasons import Reason, ReasonCode
from freehold.pricing.selectors import published_rate_plans, rate_plan_terms
from freehold.pricing.services.price_cart import price_cart, refuse_crowds, refuse_repetition
from freehold.pricing.types import ItemRequest, PricedCart, PricedItem
from freehold.properties.models import Listing
from freehold.properties.wishes import refusals

_OF_THE_ARRIVAL = frozenset(
    {
        ReasonCode.IN_PAST,
        ReasonCode.LEAD_TIME,
        ReasonCode.CUT_OFF,
        ReasonCode.CLOSED_TO_ARRIVAL,
        ReasonCode.ARRIVAL_WEEKDAY,
    }
)
_OF_THE_DEPARTURE = frozenset({ReasonCode.CLOSED_TO_DEPARTURE, ReasonCode.DEPARTURE_WEEKDAY, ReasonCode.BEYOND_WINDOW})
_OF_THE_LENGTH = frozenset({ReasonCode.MIN_NIGHTS})


def price_change(
    *, actor: Actor, promised: PricedCart, wishes: Sequence[ItemRequest | None], as_of: datetime
) -> tuple[PricedItem | None, ...]:
    """The promised items as they would be, one per wish: None is given up, and what is wished as it is stays as it is.

    Raises BadInput with every rule that is broken (`items.N` says where), `mixed_cart` for another company or
    currency, Conflict `not_offered` when the place is not sold any more, NotFound for a listing that is not there.
    """
    found: list[PricedItem | None] = []
    problems: list[ErrorItem] = []
    for index, (item, wish) in enumerate(zip(promised.items, wishes, strict=True)):
        try:
            found.append(_price(actor, promised, item, wish, as_of))
        except BadInput as error:
            problems += [replace(each, attr=f"items.{index}") for each in error.errors]
        except PeriodError as error:
            problems.append(ErrorItem(error.code, error.detail, f"items.{index}"))
    if problems:
        raise BadInput.of(problems)
    _refuse_together([item for item in found if item is not None])
    return tuple(found)


def changed_cart(*, promised: PricedCart, items: Sequence[PricedItem]) -> PricedCart:
    """What is promised from now on. How it is paid stays as it was agreed."""
    total = Money.sum((item.total for item in items), promised.currency)
    cart = replace(
        promised,
        items=tuple(items),
        lines=tuple(line for item in items for line in item.lines),
        total=total,
        due_now=Money.sum((item.due_now for item in items), promised.currency),
        starts_at=min(item.starts_at for item in items),
        ends_at=max(item.ends_at for item in items),
    )
    return replace(cart, refund_timeline=refund_timeline_of_parts(cart.refund_parts(), paid=total, as_of=clock.now()))


def _price(
    actor: Actor, promised: PricedCart, item: PricedItem, wish: ItemRequest | None, as_of: datetime
) -> PricedItem | None:
    if wish is None or (wish.listing_id, wish.when, wish.party) == (item.listing_id, item.when, item.party):
        return item if wish is not None else None
    is_same_place = wish.listing_id == item.listing_id
    if is_same_place and isinstance(wish.when, Nights) and isinstance(item.when, Nights) and _is_sold_by_night(item):
        changed = _price_nights(item, item.when, wish, wish.when, as_of)
    else:
        changed = price_cart(actor=actor, items=[wish]).items[0]
    if changed.company_id != promised.company_id or changed.total.currency != promised.currency:
        raise BadInput("A booking stays with its company and its currency.", code="mixed_cart")
    terms = item.cancellation if is_same_place else changed.cancellation
    return replace(
        changed, due_now=_due_now(item, changed.total), cancellation=_cancellation(terms, item, changed, as_of)
    )


def _refuse_together(items: Sequence[PricedItem]) -> None:
    """What holds for all items of a booking at once. A place that is not sold any more is in nobody's way."""
    plans = published_rate_plans(listing_ids={item.listing_id for item in items})
    offered = [item for item in items if item.listing_id in plans]
    refuse_repetition(offered, plans)
    refuse_crowds(offered, plans)


def _price_nights(item: PricedItem, booked: Nights, wish: ItemRequest, stay: Nights, as_of: datetime) -> PricedItem:
    plan = published_rate_plans(listing_ids=[item.listing_id], start=stay.check_in, end=stay.check_out).get(
        item.listing_id
    )
    if plan is None or plan.listing.mode != Listing.Mode.STAY:
        raise Conflict("This place is not offered any more; it can only be cancelled.", code="not_offered")
    if plan.currency != item.total.currency:
        raise BadInput("A booking stays with its company and its currency.", code="mixed_cart")
    _refuse_broken_rules(plan.listing, booked, stay, wish, as_of)
    terms = rate_plan_terms(plan, start=stay.check_in, end=stay.check_out)
    # Where today's price is the promised one, the line goes on naming the rule that it comes from.
    kept = {
        day: minor
        for day, minor in _promised_nights(item, booked).items()
        if stay.check_in <= day < stay.check_out and night_price(terms, day).minor != minor
    }
    terms = replace(terms, date_prices={**terms.date_prices, **kept})
    priced = price_stay(terms, check_in=stay.check_in, check_out=stay.check_out, party=wish.party)
    place = plan.listing.property
    period = stay_period(stay.check_in, stay.check_out, place.check_in_time, place.check_out_time, place.time_zone)
    return replace(
        item,
        check_in=stay.check_in,
        check_out=stay.check_out,
        # An hour that the place has moved since concerns new bookings, not the end that stays.
        starts_at=item.starts_at if stay.check_in == booked.check_in else period.start,
        ends_at=item.ends_at if stay.check_out == booked.check_out else period.end,
        party=wish.party,
        lines=priced.lines,
        subtotal=priced.subtotal,
        taxes=priced.taxes,
        cleaning_fee=priced.amount_of(LineKind.CLEANING),
        nightly=priced.nightly,
        total=priced.total,
        nights=priced.nights,
    )


def _is_sold_by_night(item: PricedItem) -> bool:
    return bool(item.nights) or any(line.kind is LineKind.NIGHTS for line in item.lines)


def _promised_nights(item: PricedItem, booked: Nights) -> dict[date, int]:
    """What each night was promised for; where only their sum was written down, the nights share it evenly."""
    days = night_dates(booked.check_in, booked.check_out)
    nights = item.nights
    if len(nights) != len(days):
        lines = Money.sum((line.amount for line in item.lines if line.kind is LineKind.NIGHTS), item.total.currency)
        nights = lines.allocate([1] * len(days))
    return {day: night.minor for day, night in zip(days, nights, strict=True)}


def _refuse_broken_rules(listing: Listing, booked: Nights, stay: Nights, wish: ItemRequest, as_of: datetime) -> None:
    """The rules of what changes: an arrival that stays was accepted when it was booked, and so was a departure."""
    today = as_of.astimezone(time_zone(listing.property.time_zone)).date()
    has_begun = booked.check_in < today
    problems: list[Reason] = []
    if has_begun and stay.check_in != booked.check_in:
        problems.append(Reason("already_begun", "The stay has begun: its arrival stays."))
    elif stay.check_out < today:
        problems.append(Reason("in_past", "The departure cannot lie in the past."))
    else:
        ignored: frozenset[ReasonCode] = frozenset()
        if stay.check_in == booked.check_in:
            ignored |= _OF_THE_ARRIVAL
        if stay.check_out <= booked.check_out:
            ignored |= _OF_THE_DEPARTURE if stay.check_out == booked.check_out else {ReasonCode.BEYOND_WINDOW}
        if has_begun:
            ignored |= _OF_THE_LENGTH
        reasons = refusals(listing, stay, wish.party, now=as_of)
        problems += [reason for reason in reasons if reason.code not in ignored]
    if problems:
        raise BadInput.of([ErrorItem(str(reason.code), reason.detail) for reason in problems])


def _due_now(item: PricedItem, total: Money) -> Money:
    """The same part of the price as was agreed: all of it, a deposit, or nothing."""
    if item.total.is_zero:
        return Money.zero(total.currency)
    return Money(round_half_up(total.minor * item.due_now.minor, item.total.minor), total.currency)


def _cancellation(
    terms: CancellationTerms, item: PricedItem, changed: PricedItem, as_of: datetime
) -> CancellationTerms:
    if changed.listing_id == item.listing_id and changed.starts_at <= item.starts_at:
        return terms
    return terms_after_move(terms, promised=item.cancellation, starts_at=item.starts_at, as_of=as_of)
