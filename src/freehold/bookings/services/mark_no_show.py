"""Nobody came. The space is free again; what it costs is what the terms keep."""

from uuid import UUID

from django.db import transaction

from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking
from freehold.bookings.services.end_change import withdraw_pending
from freehold.bookings.services.give_back import give_back
from freehold.bookings.services.hold_money import take_missed_locked
from freehold.bookings.services.preview_refund import missed_price
from freehold.bookings.services.release_space import release_space
from freehold.companies.access import find_permitted
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.domain import ledger
from freehold.domain.attendance import missed_from
from freehold.domain.booking_states import BookingState, transition
from freehold.domain.ledger import Account
from freehold.domain.money import Money
from freehold.finance.selectors import account_balances, folio_balance
from freehold.finance.services.post_entry import post_entry
from freehold.finance.services.revise_receivables import revise_receivables
from freehold.payments.services.request_close_attempts import request_close_attempts


def mark_no_show(*, actor: Actor, booking_id: UUID | str) -> Booking:
    """Confirmed becomes no-show, once the day of arrival (or the slot) is over. Twice changes nothing.

    It costs what cancelling at this moment would keep if everything had been paid: how somebody pays makes no
    difference to what they agreed to. So of what was paid the rest goes back (for items that have not begun, as a rule
    nothing: arrival ends a refund), and what is missing stays owed, now; what the terms do not keep is written off.
    Who cancels, however late, is let off what they have not paid; who says nothing is not.

    Raises NotFound and AccessDenied, Conflict: `not_confirmed`, `too_early`.
    """
    found = find_permitted(actor=actor, model=Booking, pk=booking_id, permission="bookings.desk")
    with transaction.atomic():
        folio, booking = lock_booking(found)
        moment = clock.database_now()
        if booking.state == BookingState.NO_SHOW:
            return booking
        if booking.state != BookingState.CONFIRMED:
            raise Conflict("Only a confirmed booking can be missed.", code="not_confirmed")
        if moment < missed_from(booking.starts_at, booking.ends_at, booking.terms["time_zone"]):
            raise Conflict("The guest may still come today.", code="too_early")
        # What changes kept before is in the books already.
        before = Money(booking.kept_minor, booking.currency)
        paid = folio_balance(folio.pk).settled - before
        price = missed_price(booking, as_of=moment)
        refund = max(paid - price, Money.zero(booking.currency))
        booking.state = transition(BookingState.CONFIRMED, BookingState.NO_SHOW)
        booking.fee_minor, booking.refund_minor = price.minor, refund.minor
        booking.save(update_fields=["state", "fee_minor", "refund_minor", "updated_at"])
        release_space(booking)
        withdraw_pending(booking)
        # As with a cancellation: the charge is taken back whole, and what is kept is compensation, no lodging.
        held = account_balances(folio)
        entry = ledger.booking_cancelled(net=-held[Account.UNEARNED], taxes=-held[Account.TAX_PAYABLE])
        post_entry(folio=folio, key=f"no_show:{booking.pk}", entry=entry, occurred_at=moment)
        fee = ledger.cancellation_fee(price)
        post_entry(folio=folio, key=f"no_show_fee:{booking.pk}", entry=fee, occurred_at=moment)
        give_back(
            actor=actor,
            folio=folio,
            amount=refund,
            key=f"no_show:{booking.pk}",
            reason=f"Nobody came for booking {booking.reference}.",
        )
        revise_receivables(folio=folio, owed=before + price, due_now=price, later=moment, label="No-show")
        take_missed_locked(folio=folio, booking=booking, price=max(price - paid, Money.zero(booking.currency)))
        request_close_attempts(folio_id=folio.pk)
    return booking
