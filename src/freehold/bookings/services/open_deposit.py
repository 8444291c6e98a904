"""A booking whose terms have a damage deposit gets one, with an account of its own."""

import secrets

from freehold.bookings.models import Booking, DamageDeposit
from freehold.core.errors import Conflict, TemporarilyUnavailable
from freehold.domain.deposits import DepositTerms, ask_at
from freehold.domain.references import RANDOM_BITS, booking_reference
from freehold.finance.models import Folio, Receivable
from freehold.finance.services.open_folio import open_folio
from freehold.finance.types import Debt
from freehold.pricing.types import deposit_from_json

REFERENCES_TRIED = 5


def open_deposit(*, booking: Booking) -> DamageDeposit | None:
    """The deposit that the booking's frozen terms ask for; None if they ask for none. Needs the booking locked.

    Again it changes nothing. Raises TemporarilyUnavailable when no reference is free.
    """
    terms = deposit_from_json(booking.terms.get("damage_deposit"), booking.currency)
    if terms is None:
        return None
    known = DamageDeposit.objects.company(booking.company_id).filter(booking=booking).first()
    if known is not None:
        return known
    return DamageDeposit.objects.create(
        company_id=booking.company_id,
        booking=booking,
        folio=_open_folio(booking, terms),
        currency=booking.currency,
        amount_minor=terms.amount.minor,
        ask_days=terms.ask_days,
        return_days=terms.return_days,
    )


def _open_folio(booking: Booking, terms: DepositTerms) -> Folio:
    """Under a reference of its own, as people type it on bank forms: money for it is no money for the stay."""
    debt = Debt(Receivable.Kind.FULL, "Damage deposit", terms.amount, ask_at(booking.starts_at, terms.ask_days))
    for _ in range(REFERENCES_TRIED):
        reference = booking_reference(secrets.randbits(RANDOM_BITS))
        if _is_known(booking, reference):
            continue
        try:
            return open_folio(
                company_id=booking.company_id,
                kind=Folio.Kind.DEPOSIT,
                reference=reference,
                currency=booking.currency,
                debts=[debt],
            )
        except Conflict:
            continue
    raise TemporarilyUnavailable("No reference is free at this moment. Try again.")


def _is_known(booking: Booking, reference: str) -> bool:
    """In this company any folio has it, or anywhere a booking: a person who types it means one thing."""
    return (
        Folio.objects.company(booking.company_id).filter(reference=reference).exists()
        or Booking.objects.system("references").filter(reference=reference).exists()
    )
