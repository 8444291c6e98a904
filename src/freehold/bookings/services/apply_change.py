"""The moment in which a booking becomes another one: space, items, price, money and books together."""

from datetime import datetime
from typing import Any
from uuid import UUID

from freehold.bookings.events import BookingChanged
from freehold.bookings.models import Booking, BookingChange, BookingItem, Guest
from freehold.bookings.services.confirm_booking import charged, confirm_locked
from freehold.bookings.services.give_back import give_back
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.events import announce
from freehold.domain import ledger
from freehold.domain.booking_states import HOLDING, BookingState
from freehold.domain.ledger import Account
from freehold.domain.money import Money
from freehold.domain.periods import Period
from freehold.finance.models import Folio
from freehold.finance.selectors import account_balances, credited
from freehold.finance.services.post_entry import post_entry
from freehold.finance.services.revise_receivables import revise_receivables
from freehold.inventory.services.swap_claims import Move, swap_claims
from freehold.inventory.types import ClaimView, ListingWish
from freehold.payments.services.request_close_attempts import request_close_attempts
from freehold.pricing.types import PricedCart, PricedItem
from freehold.properties.models import Listing


def apply_locked(*, actor: Actor, folio: Folio, booking: Booking, change: BookingChange) -> None:
    """Makes the change true. The folio and the booking are locked; `change` may be new or pending. A hold for which
    nothing is due any more is confirmed by it.

    All or nothing, with the caller's savepoint: raises Unavailable when the space is gone, TemporarilyUnavailable.
    """
    moment = clock.database_now()
    cart = PricedCart.from_json(change.after)
    is_charged = BookingState(booking.state) not in HOLDING
    before = charged(booking)
    rows = {str(row.pk): row for row in booking.items.filter(cancelled_at=None).select_related("claim")}
    claims = _swap(booking, change, cart, rows)
    _rewrite_items(change, cart, rows, claims, moment)
    _rewrite_booking(booking, change, cart)
    if is_charged:
        _post(folio, booking, change, before, moment)
    give_back(
        actor=actor,
        folio=folio,
        amount=Money(change.refund_minor, booking.currency),
        key=f"change:{change.pk}",
        reason=f"Booking {booking.reference} was changed.",
    )
    revise_receivables(
        folio=folio,
        owed=Money(booking.total_minor + booking.kept_minor, booking.currency) - credited(folio),
        due_now=Money(change.due_minor if is_charged else booking.due_now_minor, booking.currency),
        later=booking.starts_at,
        label="Change" if is_charged else "Stay",
    )
    change.state = BookingChange.State.APPLIED
    change.applied_at = moment
    change.save()
    request_close_attempts(folio_id=folio.pk, keep_held=is_charged)
    if not is_charged and not booking.due_now_minor:
        # Nothing is left that a hold could wait for.
        confirm_locked(folio=folio, booking=booking)
    if is_charged:
        announce(BookingChanged(booking_id=booking.pk, number=change.number))


def moves_of(booking: Booking, cart: PricedCart, entries: list[dict[str, Any]]) -> list[Move]:
    """What the entries of a change that move want, in their order."""
    wanted = [(cart.items[entry["becomes"]], entry) for entry in entries if entry["moves"]]
    listings = (
        Listing.objects.company(booking.company_id)
        .select_related("property", "slot_rules")
        .in_bulk([item.listing_id for item, _ in wanted])
    )
    return [
        Move(
            ListingWish(listings[item.listing_id], item.when, Period(item.starts_at, item.ends_at), item.quantity),
            tuple(UUID(unit) for unit in entry["units"]),
        )
        for item, entry in wanted
    ]


def _swap(
    booking: Booking, change: BookingChange, cart: PricedCart, rows: dict[str, BookingItem]
) -> dict[str, ClaimView]:
    """The new claims, by item."""
    leaving = [rows[entry["item"]] for entry in change.items if entry["moves"] or entry["becomes"] is None]
    moving = [entry["item"] for entry in change.items if entry["moves"]]
    release = [row.claim_id for row in leaving] + list(change.claim_ids)
    if not release:
        return {}
    is_held = BookingState(booking.state) in HOLDING
    claims = swap_claims(
        actor=Actor.system("change booking"),
        release=release,
        moves=moves_of(booking, cart, change.items),
        until=booking.hold_expires_at if is_held else None,
        extensions=max((row.claim.extensions for row in rows.values()), default=0),
    )
    return dict(zip(moving, claims, strict=True))


def _rewrite_items(
    change: BookingChange,
    cart: PricedCart,
    rows: dict[str, BookingItem],
    claims: dict[str, ClaimView],
    moment: datetime,
) -> None:
    for entry in change.items:
        row = rows[entry["item"]]
        if entry["becomes"] is None:
            row.cancelled_at = moment
            row.save(update_fields=["cancelled_at", "updated_at"])
            continue
        _rewrite_item(row, cart.items[entry["becomes"]], claims.get(entry["item"]))


def _rewrite_item(row: BookingItem, item: PricedItem, claim: ClaimView | None) -> None:
    row.listing_id = item.listing_id
    row.occasion = item.occasion
    row.check_in, row.check_out = item.check_in, item.check_out
    row.starts_at, row.ends_at = item.starts_at, item.ends_at
    row.party = item.party.to_json()
    row.amount_minor = item.total.minor
    if claim is not None:
        row.claim_id = claim.id
    row.save()
    # A smaller party: whoever was named last does not come.
    named = Guest.objects.filter(item=row).order_by("position").values_list("pk", flat=True)
    Guest.objects.filter(pk__in=list(named[item.party.size :])).delete()


def _rewrite_booking(booking: Booking, change: BookingChange, cart: PricedCart) -> None:
    # How the host took the booking is no part of a price, and no change forgets it.
    booking.terms = {**change.after, "acceptance": booking.acceptance}
    booking.total_minor = cart.total.minor
    booking.due_now_minor = cart.due_now.minor
    booking.starts_at, booking.ends_at = cart.starts_at, cart.ends_at
    booking.kept_minor += change.fee_minor
    booking.save()


def _post(folio: Folio, booking: Booking, change: BookingChange, before: tuple[Money, Money], moment: datetime) -> None:
    """The old charge is taken back and the new one made, less what was granted before; what is kept of the old is
    compensation."""
    after = charged(booking)
    if after != before:
        held = account_balances(folio)
        entry = ledger.booking_cancelled(net=-held[Account.UNEARNED], taxes=-held[Account.TAX_PAYABLE])
        post_entry(folio=folio, key=f"change_back:{change.pk}", entry=entry, occurred_at=moment)
        entry = _charge(after, granted=credited(folio))
        post_entry(folio=folio, key=f"change_charged:{change.pk}", entry=entry, occurred_at=moment)
    fee = ledger.cancellation_fee(Money(change.fee_minor, booking.currency))
    post_entry(folio=folio, key=f"change_fee:{change.pk}", entry=fee, occurred_at=moment)


def _charge(after: tuple[Money, Money], *, granted: Money) -> ledger.Entry:
    net, taxes = after
    if granted.is_positive:
        net_part, tax_part = granted.allocate([net.minor, taxes.minor])
        net, taxes = net - net_part, taxes - tax_part
    return ledger.booking_charged(net=net, taxes=taxes)
