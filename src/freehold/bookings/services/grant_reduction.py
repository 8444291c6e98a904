"""The host lets the guest off a part of what was charged: less is owed, and what was paid too much goes back.

The books take the price and its taxes back in proportion, and a numbered credit note says so. The terms of the booking
stay what was agreed.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking
from freehold.bookings.selectors import pending_change
from freehold.bookings.services.give_back import give_back
from freehold.companies.access import find_permitted
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.core.ids import uuid7
from freehold.domain import ledger
from freehold.domain.money import Money
from freehold.domain.reductions import ReductionCause
from freehold.finance.models import CreditNote, Folio
from freehold.finance.selectors import account_balances, folio_balance
from freehold.finance.services.issue_credit_note import issue_credit_note
from freehold.finance.services.post_entry import post_entry
from freehold.finance.services.write_off_part import write_off_part
from freehold.payments.selectors import money_in_review, refundable_payments
from freehold.payments.services.end_pay_links import end_pay_links
from freehold.payments.services.request_close_attempts import request_close_attempts

PERMISSION = "payments.refund"
LONGEST_REASON = 200
LONGEST_KEY = 60


def grant_reduction(
    *, actor: Actor, booking_id: UUID | str, amount: Money, cause: str, reason: str, key: str
) -> CreditNote:
    """The credit note of this key, issued if there is none.

    Raises NotFound, AccessDenied; BadInput for the amount, the cause, the reason or the key; Conflict
    `nothing_charged`, `exceeds_charge`, `change_pending`, `payment_in_review`, `not_enough_left` when the payments have
    not left what would have to go back, `note_key_used` for another reduction under this key.
    """
    found = find_permitted(actor=actor, model=Booking, pk=booking_id, permission=PERMISSION)
    said = " ".join(reason.split())
    _check_words(found, amount, cause, said, key)
    name = f"{found.pk}:{key}"
    with transaction.atomic():
        folio, booking = lock_booking(found)
        known = CreditNote.objects.company(folio.company_id).filter(key=name).first()
        if known is not None:
            return _same(known, amount, cause, said)
        moment = clock.database_now()
        _refuse_undecided(booking, moment)
        entry = _entry(folio, amount)
        back = max(amount - folio_balance(folio.pk).owed, Money.zero(amount.currency))
        _check_left(folio, back)
        note_id = uuid7()
        posted = post_entry(folio=folio, key=f"credit_note:{note_id}", entry=entry, occurred_at=moment, memo=said)
        assert posted is not None  # a positive amount makes an entry
        if back.minor:
            give_back(actor=actor, folio=folio, amount=back, key=f"credit_note:{note_id}", reason=said)
        if back < amount:
            write_off_part(folio=folio, amount=amount - back)
            _ask_for_less(folio)
        return issue_credit_note(
            actor=actor,
            note_id=note_id,
            folio=folio,
            entry=posted,
            key=name,
            cause=cause,
            reason=said,
            written_off=amount - back,
            refunded=back,
            issued_at=moment,
        )


def grantable(folio: Folio) -> Money:
    """The most that a reduction may be now: what is charged, less what earlier ones took back."""
    return Money.sum((each for each in ledger.reducible(account_balances(folio)).values()), folio.currency)


def _check_words(booking: Booking, amount: Money, cause: str, reason: str, key: str) -> None:
    if amount.currency != booking.currency:
        raise BadInput(f"This booking is in {booking.currency}.", code="other_currency", attr="amount")
    if not amount.is_positive:
        raise BadInput("Only a positive amount can be granted.", code="amount_not_positive", attr="amount")
    if cause not in set(ReductionCause):
        raise BadInput("Say whether it is goodwill or a correction.", code="invalid_choice", attr="cause")
    if not reason:
        raise BadInput("Say why the reduction is granted.", code="required", attr="reason")
    if len(reason) > LONGEST_REASON:
        raise BadInput(f"At most {LONGEST_REASON} characters.", code="too_long", attr="reason")
    if not 1 <= len(key) <= LONGEST_KEY:
        raise BadInput(f"A key has between 1 and {LONGEST_KEY} characters.", code="invalid", attr="key")


def _same(known: CreditNote, amount: Money, cause: str, reason: str) -> CreditNote:
    if (known.amount_minor, known.cause, known.reason) != (amount.minor, cause, reason):
        raise Conflict("Another reduction was granted under this key.", code="note_key_used")
    return known


def _refuse_undecided(booking: Booking, moment: datetime) -> None:
    """What a payment under way was asked for must still be right when it comes."""
    if pending_change(booking, at=moment) is not None:
        raise Conflict("A change of this booking waits for its payment. That comes first.", code="change_pending")
    if money_in_review(folio_id=booking.folio_id) is not None:
        raise Conflict(
            "Somebody is looking into a payment of this booking. That comes first.", code="payment_in_review"
        )


def _entry(folio: Folio, amount: Money) -> ledger.Entry:
    charged = ledger.reducible(account_balances(folio))
    most = Money.sum(charged.values(), folio.currency)
    if not most.is_positive:
        raise Conflict("Nothing is charged on this booking that could be reduced.", code="nothing_charged")
    if amount > most:
        raise Conflict(
            f"More than what is charged cannot be granted: {most}, less what was granted before.", code="exceeds_charge"
        )
    return ledger.reduction_granted(amount, charged=charged)


def _check_left(folio: Folio, back: Money) -> None:
    left = sum(each.received_minor - each.refunded for each in refundable_payments(folio_id=folio.pk))  # type: ignore[attr-defined]
    if back.minor > left:
        raise Conflict(
            f"{back} would have to go back, and the payments have {Money(left, folio.currency)} left.",
            code="not_enough_left",
        )


def _ask_for_less(folio: Folio) -> None:
    """Attempts were begun for more than is owed now; what a bank holds already still serves for the rest."""
    is_owed = folio_balance(folio.pk).owed.is_positive
    request_close_attempts(folio_id=folio.pk, keep_held=is_owed)
    if not is_owed:
        end_pay_links(folio_id=folio.pk)
