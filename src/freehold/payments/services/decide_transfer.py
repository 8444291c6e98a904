"""What only people can say of a payment out: that they carried it, or what the provider's books say of it."""

from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.domain.payment_states import PayoutState
from freehold.finance.destinations import BY_HAND
from freehold.finance.models import Outgoing
from freehold.finance.outgoings import find_outgoing, get_outgoing, lock_with_payee, paid_instead
from freehold.finance.policies import APPROVE, MAKE, check_checker
from freehold.finance.services.follow_transfer import begin_sending
from freehold.payments import by_hand
from freehold.payments.accounts import new_notify_token
from freehold.payments.models import ReviewItem, Transfer
from freehold.payments.services.apply_payout_snapshot import follow
from freehold.payments.services.begin_transfer import PURPOSES
from freehold.payments.services.resolve_review import resolve_reviews
from freehold.payments.transfers import GONE, transfer_for_update, transfer_of

LONGEST_RECEIPT = 120
QUESTIONS = (ReviewItem.Kind.NO_ANSWER, ReviewItem.Kind.DISAGREEMENT)


class Outcome(StrEnum):
    WENT = "went"
    FAILED = "failed"
    RETURNED = "returned"


def record_payout_by_hand(*, actor: Actor, outgoing_id: UUID, receipt: str) -> Outgoing:
    """Somebody handed over the cash, or made the transfer, after it was approved. Recording it again changes nothing.

    `receipt` says how it is found again. Raises NotFound, AccessDenied, BadInput, Conflict (`not_by_hand`,
    `outgoing_<state>`).
    """
    person = actor.own_hand()
    outgoing = find_outgoing(actor=actor, outgoing_id=outgoing_id, permission=MAKE)
    provider = outgoing.destination.provider
    if provider not in BY_HAND:
        raise Conflict("The provider makes this payment itself.", code="not_by_hand")
    receipt = _said(receipt, "receipt")
    with transaction.atomic():
        locked = lock_with_payee(outgoing_id)
        if Transfer.objects.company(locked.company_id).filter(outgoing=locked).exists():
            return get_outgoing(outgoing_id)
        locked = begin_sending(outgoing_id=outgoing_id)
        transfer = Transfer.objects.create(
            company_id=locked.company_id,
            outgoing=locked,
            provider=provider,
            account=by_hand.ACCOUNT,
            purpose=PURPOSES[Outgoing.Kind(locked.kind)],
            is_keyless=True,
            currency=locked.currency,
            amount_minor=locked.amount_minor,
            notify_token=new_notify_token(),
            provider_id=f"hand-{locked.pk}",
            receipt=receipt,
            decided_by_id=person,
        )
        _set(locked, transfer, PayoutState.PAID)
    return get_outgoing(outgoing_id)


def decide_transfer(*, actor: Actor, outgoing_id: UUID, outcome: Outcome, note: str) -> Outgoing:
    """A person looked at the provider's: it went, or it did not. What people carried may have come back.

    Only while the provider has left it open, and never by who made it. The caller has proved again who they are.
    Raises NotFound, AccessDenied (`own_work`), BadInput, Conflict (`not_for_people`, and `paid_instead` while another
    one pays the same debt).
    """
    outgoing = find_outgoing(actor=actor, outgoing_id=outgoing_id, permission=APPROVE)
    person = check_checker(actor=actor, makers=outgoing.makers)
    note = _said(note, "note")
    with transaction.atomic():
        locked = lock_with_payee(outgoing_id)
        found = transfer_of(outgoing_id)
        if found is None:
            raise _not_for_people()
        transfer = transfer_for_update(found.pk)
        _check(transfer, outcome)
        if outcome is Outcome.WENT:
            _check_not_paid_instead(locked)
        transfer.decided_by_id, transfer.next_fetch_at = person, None
        transfer.receipt = note[:LONGEST_RECEIPT]
        if outcome is not Outcome.WENT:
            transfer.error_code = "decided_by_hand"
        _set(locked, transfer, _STATES[outcome])
        resolve_reviews(actor=actor, items=_questions(transfer), resolution=note)
    return get_outgoing(outgoing_id)


_STATES = {
    Outcome.WENT: PayoutState.PAID,
    Outcome.FAILED: PayoutState.FAILED,
    Outcome.RETURNED: PayoutState.REVERSED,
}


def _questions(transfer: Transfer) -> QuerySet[ReviewItem]:
    return transfer.review_items.filter(kind__in=QUESTIONS, resolved_at=None)


def _check(transfer: Transfer, outcome: Outcome) -> None:
    state = PayoutState(transfer.state)
    is_open = state is not PayoutState.PAID and state not in GONE
    if outcome is Outcome.RETURNED:
        is_right = state is PayoutState.PAID and transfer.account == by_hand.ACCOUNT
    elif outcome is Outcome.WENT:
        is_right = (is_open or (state in GONE and transfer.paid_at is None)) and _questions(transfer).exists()
    else:
        is_right = is_open and _questions(transfer).exists()
    if not is_right:
        raise _not_for_people()


def _check_not_paid_instead(outgoing: Outgoing) -> None:
    """The question stays open, so that somebody gets the money back or stops the other one first."""
    other = paid_instead(outgoing)
    if other is not None:
        detail = f"{other.reference} pays the same debt and is {other.state}. Cancel it, or have one back, first."
        raise Conflict(detail, code="paid_instead")


def _set(outgoing: Outgoing, transfer: Transfer, state: PayoutState) -> None:
    before = PayoutState(transfer.state)
    transfer.state = state
    follow(outgoing, transfer, before)
    transfer.save()


def _not_for_people() -> Conflict:
    return Conflict("What became of this is not for a person to say.", code="not_for_people")


def _said(text: str, attr: str) -> str:
    said = " ".join(text.split())
    if not said:
        raise BadInput("Say how this can be found again.", code="required", attr=attr)
    return said[:LONGEST_RECEIPT]
