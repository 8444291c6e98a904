"""Money arrived on a booking's folio: confirm, book again, settle, or send it back. Never nothing.

Runs inside the transaction in which `payments` records the money, with the folio locked, so that the money and
what became of it commit together.
"""

from dataclasses import dataclass

from django.db import transaction

from freehold.bookings.again import moves_again, standing_items
from freehold.bookings.arrivals import has_missed_its_arrival
from freehold.bookings.events import PaymentSentBack
from freehold.bookings.locking import lock_booking_row
from freehold.bookings.models import Booking, BookingItem
from freehold.bookings.selectors import reads_as
from freehold.bookings.services.confirm_booking import confirm_locked
from freehold.bookings.services.receive_change_money import receive_change_money
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import TemporarilyUnavailable
from freehold.core.events import announce
from freehold.domain.booking_states import HOLDING, BookingState
from freehold.domain.money import Money
from freehold.domain.payment_states import Action, Situation, late_money
from freehold.domain.shares import still_due
from freehold.finance.models import Folio, Receivable
from freehold.finance.selectors import folio_balance
from freehold.finance.services.add_receivable import add_receivable
from freehold.finance.services.lock_folio import lock_folio
from freehold.finance.services.settle import settle
from freehold.inventory.errors import ClaimLapsed, Unavailable
from freehold.inventory.reasons import BUSY
from freehold.inventory.services.swap_claims import swap_claims
from freehold.payments.events import MoneyReceived
from freehold.payments.pay_links import was_paid_otherwise
from freehold.payments.selectors import get_payment, payment_for_update
from freehold.payments.services.end_pay_links import end_pay_links
from freehold.payments.services.request_refund import request_refund

GONE = frozenset({BookingState.CANCELLED, BookingState.DECLINED})


@dataclass(frozen=True, slots=True)
class _Arrival:
    """The money and what it is for, all locked."""

    folio: Folio
    booking: Booking
    event: MoneyReceived

    @property
    def amount(self) -> Money:
        return Money(self.event.amount_minor, self.event.currency)


def receive_money(event: MoneyReceived) -> None:
    """In-transaction listener of `MoneyReceived`. A folio that is no booking's is not for this room."""
    found = Booking.objects.system("money received").filter(folio_id=event.folio_id).only("pk").first()
    if found is None:
        return
    arrival = _Arrival(lock_folio(event.folio_id), lock_booking_row(found.pk), event)
    refusal = receive_change_money(folio=arrival.folio, booking=arrival.booking, event=event)
    if refusal is not None:
        _send_back(arrival, arrival.amount, key=f"change:{event.payment_id}", reason=refusal)
        return
    decision = late_money(_situation(arrival), payment_id=str(event.payment_id))
    if decision.action is Action.REFUND:
        _send_back(arrival, arrival.amount, key=str(decision.refund_key), reason=decision.reason)
        return
    settled = settle(folio=arrival.folio, payment_id=event.payment_id, amount=arrival.amount)
    if settled.excess.minor:
        _send_back(
            arrival, settled.excess, key=f"over:{event.payment_id}", reason="More was paid than the booking costs."
        )


def _situation(arrival: _Arrival) -> Situation:
    """What the money found. Where it finds a hold, dead or alive, this makes the booking, or says it cannot."""
    booking = arrival.booking
    state = BookingState(booking.state)
    if state in GONE:
        return Situation.CANCELLED
    if was_paid_otherwise(get_payment(arrival.event.payment_id)):
        return Situation.ALREADY_PAID
    if _is_too_late_to_arrive(booking):
        return Situation.EXPIRED_PAST
    if booking.booker.erased_at is not None:
        # Nobody is there any more to whom it could be confirmed.
        return Situation.CANCELLED
    if state in HOLDING or state is BookingState.EXPIRED:
        if _is_a_part(arrival):
            is_over = reads_as(booking, at=clock.database_now()) is BookingState.EXPIRED
            return Situation.EXPIRED_SHORT if is_over else Situation.GATHERING
        situation = _make_booking(arrival, state)
        if situation is not Situation.EXPIRED_TAKEN:
            end_pay_links(folio_id=booking.folio_id, only_shares=True)
        return situation
    owed = folio_balance(booking.folio_id).owed
    return Situation.OWING if owed.minor else Situation.ALREADY_PAID


def _is_a_part(arrival: _Arrival) -> bool:
    """Whether others have to pay as well before what is due now is there."""
    due, arrived = Money(arrival.booking.due_now_minor, arrival.booking.currency), arrival.amount
    return still_due(due, arrived=folio_balance(arrival.booking.folio_id).settled + arrived).is_positive


def _make_booking(arrival: _Arrival, state: BookingState) -> Situation:
    if state in HOLDING and _confirm_held(arrival):
        return Situation.HELD
    return Situation.EXPIRED_REACQUIRED if _book_again(arrival) else Situation.EXPIRED_TAKEN


def _is_too_late_to_arrive(booking: Booking) -> bool:
    """Whether the hold is over and nobody could hold this any more."""
    moment = clock.database_now()
    return reads_as(booking, at=moment) is BookingState.EXPIRED and has_missed_its_arrival(booking, at=moment)


def _confirm_held(arrival: _Arrival) -> bool:
    """Confirms on the claims that the hold still has. False when they are gone."""
    try:
        with transaction.atomic():
            confirm_locked(folio=arrival.folio, booking=arrival.booking)
    except ClaimLapsed:
        arrival.booking.refresh_from_db()
        return False
    return True


def _book_again(arrival: _Arrival) -> bool:
    """Claims the same listings for the same period again and confirms. False when the space was taken.

    Raises TemporarilyUnavailable while somebody else decides about it: the money is not sent back on a guess, its
    event is applied again in a moment.
    """
    booking = arrival.booking
    try:
        with transaction.atomic():
            _claim_anew(booking)
            if booking.state == BookingState.EXPIRED:
                _owe_again(arrival)
            confirm_locked(folio=arrival.folio, booking=booking)
    except (Unavailable, ClaimLapsed) as refusal:
        if isinstance(refusal, Unavailable) and BUSY in refusal.reasons:
            raise TemporarilyUnavailable(BUSY.detail) from refusal
        booking.refresh_from_db()
        return False
    return True


def _claim_anew(booking: Booking) -> None:
    """The units that the items had, if they can be had, else others that serve. Of several some may still be ours."""
    items = standing_items(booking)
    moves = moves_again(booking, items)
    claims = swap_claims(
        actor=Actor.system("late money"), release=[item.claim_id for item in items], moves=moves, until=None
    )
    for item, claim in zip(items, claims, strict=True):
        item.claim_id = claim.id
    BookingItem.objects.bulk_update(items, ["claim"])


def _owe_again(arrival: _Arrival) -> None:
    """Expiry wrote the receivables off; the booking lives again and owes again."""
    booking = arrival.booking
    due_now = Money(booking.due_now_minor, booking.currency)
    rest = Money(booking.total_minor, booking.currency) - due_now
    add_receivable(folio=arrival.folio, kind=Receivable.Kind.FULL, label="Stay", amount=due_now, due_at=clock.now())
    if rest.minor:
        add_receivable(
            folio=arrival.folio, kind=Receivable.Kind.BALANCE, label="Balance", amount=rest, due_at=booking.starts_at
        )


def _send_back(arrival: _Arrival, amount: Money, *, key: str, reason: str) -> None:
    """One refund per cause and money: the key carries how much the payment had received by then."""
    received = payment_for_update(arrival.event.payment_id).received_minor
    refund = request_refund(
        actor=Actor.system("late money"),
        payment_id=arrival.event.payment_id,
        amount=amount,
        key=f"{key}:{received}",
        reason=reason,
    )
    announce(PaymentSentBack(booking_id=arrival.booking.pk, refund_id=refund.pk, reason=reason))
