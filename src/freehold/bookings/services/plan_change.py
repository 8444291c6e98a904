"""What a change would make of a booking, and what that costs: one plan for the preview and for the real thing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from freehold.bookings.models import Booking, BookingItem
from freehold.bookings.selectors import reads_as
from freehold.bookings.types import ItemChange
from freehold.companies.policies import may
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, ErrorItem
from freehold.domain.booking_states import HOLDING, BookingState
from freehold.domain.changes import ChangedPart, ChangeOutcome, compute_change
from freehold.domain.money import Money
from freehold.domain.occasions import Nights
from freehold.finance.selectors import credited, folio_balance
from freehold.payments.selectors import money_in_review
from freehold.pricing.services.price_change import changed_cart, price_change
from freehold.pricing.types import ItemRequest, PricedCart, PricedItem
from freehold.properties.models import Listing

CHANGEABLE = HOLDING | {BookingState.CONFIRMED, BookingState.IN_HOUSE}


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """A booked item and what becomes of it: None is given up. `moves`: it needs other space, or another time."""

    row: BookingItem
    before: PricedItem
    after: PricedItem | None

    @property
    def moves(self) -> bool:
        return self.after is not None and _space(self.after) != _space(self.before)

    @property
    def keeps_its_units(self) -> bool:
        """Another time, and as much of the same listing: in the same room, if that is free then."""
        return (
            self.after is not None
            and self.moves
            and (self.after.listing_id, self.after.quantity) == (self.before.listing_id, self.before.quantity)
        )


@dataclass(frozen=True, slots=True)
class ChangePlan:
    before: PricedCart
    after: PricedCart
    items: tuple[PlannedItem, ...]
    outcome: ChangeOutcome

    @property
    def changes_anything(self) -> bool:
        return any(item.after != item.before for item in self.items)

    @property
    def released(self) -> list[UUID]:
        """The claims that make way."""
        return [item.row.claim_id for item in self.items if item.after is None or item.moves]

    def items_json(self, unit_ids: Mapping[UUID, Sequence[UUID]]) -> list[dict[str, Any]]:
        """As `BookingChange.items` keeps it; the units are those of the items that move."""
        staying = [item for item in self.items if item.after is not None]
        return [
            {
                "item": str(item.row.pk),
                "becomes": staying.index(item) if item.after is not None else None,
                "moves": item.moves,
                "units": [str(unit_id) for unit_id in unit_ids.get(item.row.pk, ())],
            }
            for item in self.items
        ]


def refuse_unchangeable(booking: Booking, *, as_of: datetime) -> None:
    """Raises Conflict `not_changeable` for what is over or was never there, `payment_in_review` while a person
    decides about its money, and `partly_paid` for a hold of which a share was paid."""
    state = reads_as(booking, at=as_of)
    if state not in CHANGEABLE or booking.ends_at <= as_of:
        reason = f"A booking that is {state}" if booking.ends_at > as_of else "A stay that is over"
        raise Conflict(f"{reason} cannot be changed.", code="not_changeable")
    if money_in_review(folio_id=booking.folio_id) is not None:
        raise Conflict(
            "Somebody is looking into a payment of this booking. It can be changed afterwards.",
            code="payment_in_review",
        )
    if state in HOLDING and folio_balance(booking.folio_id).settled.minor:
        raise Conflict(
            "Somebody has paid a share of this booking already. It can be changed when all of it is paid.",
            code="partly_paid",
        )


def plan_change(*, actor: Actor, booking: Booking, changes: Sequence[ItemChange], as_of: datetime) -> ChangePlan:
    """Prices the changes at `as_of`. Raises BadInput with every problem (`items.N` is the N-th change), also
    `cancel_instead` when nothing would be left; Conflict `credited_exceeds` when more was granted than it would cost;
    Conflict and NotFound like `price_change`."""
    promised = PricedCart.from_json(booking.terms)
    rows = list(booking.items.filter(cancelled_at=None).select_related("claim"))
    places = _places(rows, changes)
    wishes = [ItemRequest(item.listing_id, item.when, item.party) for item in promised.items]
    wanted: list[ItemRequest | None] = [*wishes]
    for place, change in zip(places, changes, strict=True):
        wanted[place] = _wish(wishes[place], change)
    if not any(wish is not None for wish in wanted):
        raise BadInput("Nothing would be left: cancel the booking instead.", code="cancel_instead", attr="items")
    _refuse_other_conditions(actor, booking, wishes, wanted)
    try:
        priced = price_change(actor=actor, promised=promised, wishes=wanted, as_of=as_of)
    except BadInput as error:
        raise BadInput.of([_as_asked(problem, places) for problem in error.errors]) from None
    items = tuple(
        PlannedItem(row, before, after) for row, before, after in zip(rows, promised.items, priced, strict=True)
    )
    after = changed_cart(promised=promised, items=[item for item in priced if item is not None])
    return ChangePlan(promised, after, items, _outcome(booking, items, after, as_of))


def _refuse_other_conditions(
    actor: Actor, booking: Booking, wishes: Sequence[ItemRequest], wanted: Sequence[ItemRequest | None]
) -> None:
    """A change is no way around the host's answer, nor around how a place is paid: that is a booking of its own.

    Raises Conflict: `needs_host` unless the actor may answer for the company, `other_terms`.
    """
    moved = [
        (before, after)
        for before, after in zip(wishes, wanted, strict=True)
        if after is not None and (after.listing_id, after.when) != (before.listing_id, before.when)
    ]
    listings = Listing.objects.company(booking.company_id).in_bulk({wish.listing_id for pair in moved for wish in pair})
    for before, after in moved:
        old, new = listings.get(before.listing_id), listings.get(after.listing_id)
        if old is None or new is None:
            continue  # what is not the company's is refused where it is priced
        asks = new.acceptance == Listing.Acceptance.REQUEST and not _is_part_of(before, after)
        if asks and not may(actor=actor, permission="bookings.answer", company_id=booking.company_id):
            raise Conflict("The host answers before this can be had: ask the host for it.", code="needs_host")
        if old.payment_terms != new.payment_terms:
            raise Conflict("This place is paid differently: book it on its own.", code="other_terms")


def _is_part_of(before: ItemRequest, after: ItemRequest) -> bool:
    """Whether only nights are given up that the host has said yes to."""
    if before.listing_id != after.listing_id or not isinstance(before.when, Nights):
        return False
    wish = after.when
    return (
        isinstance(wish, Nights) and before.when.check_in <= wish.check_in and wish.check_out <= before.when.check_out
    )


def _wish(booked: ItemRequest, change: ItemChange) -> ItemRequest | None:
    if change.is_given_up:
        return None
    return ItemRequest(change.listing_id or booked.listing_id, change.when or booked.when, change.party or booked.party)


def _places(rows: Sequence[BookingItem], changes: Sequence[ItemChange]) -> list[int]:
    """Which of the items each change is about."""
    known = {row.pk: place for place, row in enumerate(rows)}
    problems, places = [], []
    if not changes:
        raise BadInput("Say what should change.", code="required", attr="items")
    for index, change in enumerate(changes):
        place = known.get(change.item_id)
        if place is None:
            problems.append(ErrorItem("unknown_item", "The booking has no such item.", f"items.{index}.item"))
        elif place in places:
            problems.append(ErrorItem("repeated_item", "This item is in the list twice.", f"items.{index}.item"))
        else:
            places.append(place)
    if problems:
        raise BadInput.of(problems)
    return places


def _as_asked(problem: ErrorItem, places: Sequence[int]) -> ErrorItem:
    """The problem at the place where the caller wrote it."""
    head, _, number = (problem.attr or "").partition(".")
    if head == "items" and number.isdigit() and int(number) in places:
        return replace(problem, attr=f"items.{places.index(int(number))}")
    return problem


def _outcome(booking: Booking, items: Sequence[PlannedItem], after: PricedCart, as_of: datetime) -> ChangeOutcome:
    zero = Money.zero(booking.currency)
    parts = [
        ChangedPart(
            terms=item.before.cancellation,
            before=item.before.total,
            after=item.after.total if item.after is not None else zero,
            cleaning_fee=max(item.before.cleaning_fee - (item.after.cleaning_fee if item.after else zero), zero),
            starts_at=item.before.starts_at,
        )
        for item in items
    ]
    paid = folio_balance(booking.folio_id).settled - Money(booking.kept_minor, booking.currency)
    granted = credited(booking.folio)
    if granted > after.total:
        raise Conflict(
            f"{granted} was let off on this booking, which is more than it would cost then.", code="credited_exceeds"
        )
    return compute_change(parts, paid=paid, due_now=after.due_now, as_of=as_of, credited=granted)


def _space(item: PricedItem) -> tuple[Any, ...]:
    return item.listing_id, item.starts_at, item.ends_at, item.quantity
