"""The guest leaves the damage deposit: held by their bank where a provider can, charged and returned elsewhere."""

from datetime import timedelta
from uuid import UUID

from freehold.bookings.deposits import amount_of, deposit_of, may_be_left
from freehold.bookings.models import DamageDeposit
from freehold.bookings.selectors import find_booking
from freehold.bookings.telephones import read_payers_phone
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, NotFound
from freehold.domain.references import gateway_reference
from freehold.payments.accounts import accepting, check_payable
from freehold.payments.models import Payment
from freehold.payments.services.start_payment import start_payment
from freehold.ports.payment_gateway import Payer, PaymentProvider

LEAVE_WITHIN = timedelta(hours=1)


def start_deposit_payment(
    *, actor: Actor, booking_id: UUID | str, provider: str, return_url: str, phone: str = ""
) -> Payment:
    """Opens an attempt to leave the booking's deposit, or to leave it anew before the bank lets it go.

    Raises NotFound, also where none was agreed; Conflict `deposit_not_wanted`; and what starting a payment raises.
    """
    deposit = deposit_to_leave(actor=actor, booking_id=booking_id)
    booking, amount = deposit.booking, amount_of(deposit)
    asked_at = read_payers_phone(phone, booking=booking)
    check_payable(company_id=deposit.company_id, provider=provider, amount=amount)
    caps = accepting(company_id=deposit.company_id, amount=amount)[provider].caps
    return start_payment(
        actor=actor,
        folio_id=deposit.folio_id,
        provider=provider,
        amount=amount,
        return_url=return_url,
        reference=gateway_reference(deposit.folio.reference),
        description=f"Damage deposit for booking {booking.reference}",
        payer_id=booking.booker_id,
        payer=Payer(email=booking.booker.email, phone_e164=asked_at or booking.booker.phone),
        expires_at=clock.database_now() + LEAVE_WITHIN,
        purpose=Payment.Purpose.DEPOSIT,
        capture=Payment.Capture.MANUAL if caps.manual_capture else Payment.Capture.AUTOMATIC,
    )


def deposit_options(*, actor: Actor, booking_id: UUID | str) -> tuple[DamageDeposit, dict[str, PaymentProvider]]:
    """The deposit that can be left now, and who takes it. Raises what `start_deposit_payment` raises."""
    deposit = deposit_to_leave(actor=actor, booking_id=booking_id)
    return deposit, accepting(company_id=deposit.company_id, amount=amount_of(deposit))


def deposit_to_leave(*, actor: Actor, booking_id: UUID | str) -> DamageDeposit:
    """Raises NotFound, AccessDenied, Conflict `deposit_not_wanted`."""
    booking = find_booking(actor=actor, booking_id=booking_id, permission="bookings.create_for_guest")
    deposit = deposit_of(booking)
    if deposit is None:
        raise NotFound("No damage deposit was agreed for this booking.")
    if not may_be_left(deposit, at=clock.database_now()):
        raise Conflict("No damage deposit is to be left for this booking now.", code="deposit_not_wanted")
    return deposit
