"""How a booking is written in an answer. Plain dictionaries from rows that were read with their relations."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from freehold.bookings.dues import Dues, dues_of, dues_of_price
from freehold.bookings.models import Booking, BookingChange, BookingItem
from freehold.bookings.selectors import reads_as
from freehold.bookings.types import Held
from freehold.domain.booking_states import PROVISIONAL, BookingState
from freehold.domain.money import Money
from freehold.domain.occasions import Occasion
from freehold.domain.periods import FOREVER
from freehold.payments.models import Payment, Refund
from freehold.payments.next_action import shown_action
from freehold.pricing.types import PricedCart, PricedItem


def booking_summary(booking: Booking) -> dict[str, Any]:
    """What a list shows."""
    return _summary(booking, PricedCart.from_json(booking.terms), booking.items.all(), dues_of(booking))


def _summary(booking: Booking, cart: PricedCart, items: Iterable[BookingItem], dues: Dues) -> dict[str, Any]:
    state = reads_as(booking)
    summary = {
        "id": str(booking.pk),
        "reference": booking.reference,
        "status": state.value,
        "acceptance": booking.acceptance,
        "hold_expires_at": instant(booking.hold_expires_at) if state in PROVISIONAL else None,
        "company": {"id": str(booking.company_id), "name": booking.company.name},
        "total": cart.total.to_json(),
        "paid": dues.paid.to_json(),
        **dues_answer(dues),
        "payment_terms": booking.payment_terms,
        "time_zone": cart.time_zone,
        "starts_at": instant(booking.starts_at),
        "ends_at": ending(booking.ends_at),
        "items": [_item(item, booking.currency) for item in items],
        "created_at": instant(booking.created_at),
        "answered_at": instant(booking.answered_at),
        "confirmed_at": instant(booking.confirmed_at),
        "cancelled_at": instant(booking.cancelled_at),
    }
    if state is BookingState.CANCELLED:
        summary["refund"] = Money(booking.refund_minor, booking.currency).to_json()
        summary["fee"] = Money(booking.fee_minor, booking.currency).to_json()
    return summary


def booking_answer(booking: Booking) -> dict[str, Any]:
    """Everything about one booking."""
    guests = [
        {"name": guest.name, "age": guest.age, "item": item.position}
        for item in booking.items.all()
        for guest in item.guests.all()
    ]
    cart = PricedCart.from_json(booking.terms)
    return {
        **_summary(booking, cart, booking.items.all(), dues_of(booking)),
        **_details(booking, cart, guests),
        "payments": [payment_answer(payment) for payment in booking.folio.payments.all()],
        "refunds": [refund_answer(refund) for refund in booking.folio.refunds.all()],
        "kept_by_changes": Money(booking.kept_minor, booking.currency).to_json(),
        "changes": [change_answer(change, booking.currency) for change in booking.changes.all()],
    }


def new_booking_answer(held: Held) -> dict[str, Any]:
    """The same about a booking that this request has made, without a query: it has no guests by name, no payments and
    no refunds yet, and everything else of it is at hand.
    """
    booking, cart = held.booking, held.cart
    nothing = Money.zero(booking.currency).to_json()
    return {
        **_summary(booking, cart, held.items, dues_of_price(cart)),
        **_details(booking, cart, []),
        "payments": [],
        "refunds": [],
        "kept_by_changes": nothing,
        "changes": [],
    }


def _details(booking: Booking, cart: PricedCart, guests: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "lines": [line_answer(line) for line in cart.lines],
        "cancellation_policy": cart.policy_name,
        "damage_deposit": cart.damage_deposit.amount.to_json() if cart.damage_deposit else None,
        "refund_timeline": timeline_answer(cart),
        "guests": guests,
        "note": booking.guest_note,
        "answer_note": booking.answer_note,
    }


def change_answer(change: BookingChange, currency: str) -> dict[str, Any]:
    """One change, with what was booked before and afterwards. A pending one waits for a payment of `due`."""
    return {
        "id": str(change.pk),
        "number": change.number,
        "status": change.state,
        "before": _agreed(PricedCart.from_json(change.before)),
        "after": _agreed(PricedCart.from_json(change.after)),
        "difference": Money(change.difference_minor, currency).to_json(),
        "fee": Money(change.fee_minor, currency).to_json(),
        "due": Money(change.due_minor, currency).to_json(),
        "refund": Money(change.refund_minor, currency).to_json(),
        "expires_at": instant(change.expires_at),
        "created_at": instant(change.created_at),
        "applied_at": instant(change.applied_at),
    }


def _agreed(cart: PricedCart) -> dict[str, Any]:
    return {
        "total": cart.total.to_json(),
        "items": [
            {
                "listing_id": str(item.listing_id),
                "title": item.title,
                **when_answer(item),
                "guests": item.party.to_json(),
                "total": item.total.to_json(),
            }
            for item in cart.items
        ],
    }


def payment_answer(payment: Payment) -> dict[str, Any]:
    return {
        "id": str(payment.pk),
        "provider": payment.provider,
        "status": payment.state,
        "amount": Money(payment.amount_minor, payment.currency).to_json(),
        "received": Money(payment.received_minor, payment.currency).to_json(),
        "next_action": shown_action(payment),
        "error_code": payment.error_code or None,
        "expires_at": instant(payment.expires_at),
        "created_at": instant(payment.created_at),
        "paid_at": instant(payment.paid_at),
    }


def refund_answer(refund: Refund) -> dict[str, Any]:
    return {
        "id": str(refund.pk),
        "payment_id": str(refund.payment_id),
        "status": refund.state,
        "amount": Money(refund.amount_minor, refund.currency).to_json(),
        "reason": refund.reason,
        "created_at": instant(refund.created_at),
    }


def line_answer(line: Any) -> dict[str, Any]:
    return {
        "code": line.code,
        "label": line.label,
        "rule": line.rule,
        "quantity": line.quantity,
        "unit_amount": line.unit_amount.to_json(),
        "amount": line.amount.to_json(),
    }


def dues_answer(dues: Dues) -> dict[str, Any]:
    """What must be paid now, and what later: until when, and whether only there. Zero and null when nothing is."""
    later = {"amount": dues.later.to_json(), "by": instant(dues.later_by), "at_property": dues.is_paid_there}
    return {"due_now": dues.now.to_json(), "due_later": later if dues.later.minor else None}


def timeline_answer(cart: PricedCart) -> list[dict[str, Any]]:
    return [{"until": instant(step.until), "refund": step.refund.to_json()} for step in cart.refund_timeline]


def _item(item: BookingItem, currency: str) -> dict[str, Any]:
    listing = item.listing
    return {
        "id": str(item.pk),
        "listing_id": str(listing.pk),
        "slug": listing.slug,
        "title": listing.title,
        "city": listing.property.city,
        **when_answer(item),
        "guests": item.party,
        "total": Money(item.amount_minor, currency).to_json(),
        "cancelled_at": instant(item.cancelled_at),
    }


def when_answer(item: BookingItem | PricedItem) -> dict[str, Any]:
    """When it is for, by the place's dates and by instants. What lasts until cancelled has neither end."""
    return {
        "occasion": Occasion(item.occasion).value,
        "check_in": item.check_in.isoformat(),
        "check_out": None if item.check_out is None else item.check_out.isoformat(),
        "starts_at": instant(item.starts_at),
        "ends_at": ending(item.ends_at),
    }


def ending(moment: datetime) -> str | None:
    return None if moment >= FOREVER else instant(moment)


def instant(moment: datetime | None) -> str | None:
    """In UTC, whether the moment was read from the database or has just been worked out in a place's zone."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
