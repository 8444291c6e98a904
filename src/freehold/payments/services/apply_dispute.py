"""Bring a chargeback up to what its provider says: a flag on the payment, the books, and a person who is told."""

from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import transaction

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.domain import ledger
from freehold.domain.money import Money
from freehold.domain.payment_states import DisputeState, next_dispute_state
from freehold.finance.models import Folio
from freehold.finance.services.lock_folio import lock_folio
from freehold.finance.services.post_entry import post_entry
from freehold.payments.models import Dispute, Payment, ReviewItem
from freehold.payments.selectors import get_payment, payment_for_update
from freehold.payments.services.end_charged_back import undo_charged_back
from freehold.payments.services.hold_refund import release_held
from freehold.payments.services.open_review import open_review
from freehold.payments.services.resolve_review import resolve_reviews
from freehold.ports.payment_gateway import DisputeSnapshot

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AppliedDispute:
    dispute: Dispute | None
    review: ReviewItem


def apply_dispute(*, payment_id: UUID, snapshot: DisputeSnapshot) -> AppliedDispute:
    """Applies one snapshot, in any order, any number of times. One in another currency is for a person alone."""
    folio_id = get_payment(payment_id).folio_id
    with transaction.atomic():
        folio = lock_folio(folio_id)
        payment = payment_for_update(payment_id)
        amount = snapshot.amount or snapshot.withdrawn or Money.zero(payment.currency)
        review = open_review(
            kind=ReviewItem.Kind.DISPUTE,
            key=f"dispute:{payment.pk}:{snapshot.provider_id}",
            detail=f"The payer's bank disputes {amount} ({snapshot.reason or 'no reason given'}). "
            "Answer it at the provider, in time.",
            company_id=payment.company_id,
            amount=amount,
            payment=payment,
        )
        if any(said.currency != payment.currency for said in (amount, snapshot.withdrawn) if said is not None):
            return AppliedDispute(None, review)
        if snapshot.withdrawn is None:
            _ask_for_an_entry(payment, snapshot, amount)
        dispute, _ = Dispute.objects.company(payment.company_id).get_or_create(
            payment=payment,
            provider_id=snapshot.provider_id,
            defaults={
                "company_id": payment.company_id,
                "currency": payment.currency,
                "amount_minor": amount.minor,
            },
        )
        _take_over(folio, dispute, snapshot)
        _follow(dispute, review)
        undo_charged_back(payment=payment, folio=folio)
        release_held(payment=payment)
    log.info("dispute_applied", dispute_id=str(dispute.pk), payment_id=str(payment.pk), state=dispute.state)
    return AppliedDispute(dispute, review)


def _ask_for_an_entry(payment: Payment, snapshot: DisputeSnapshot, amount: Money) -> None:
    open_review(
        kind=ReviewItem.Kind.DISPUTE,
        key=f"dispute_books:{payment.pk}:{snapshot.provider_id}",
        detail=f"The provider does not say in {payment.currency} what the dispute {snapshot.provider_id} took out of "
        "your balance. Nothing of it is in the books: look for it at the provider, the books need an entry.",
        company_id=payment.company_id,
        amount=amount,
        payment=payment,
    )


def _take_over(folio: Folio, dispute: Dispute, snapshot: DisputeSnapshot) -> None:
    before = DisputeState(dispute.state)
    dispute.state = next_dispute_state(before, snapshot.state)
    if dispute.state != snapshot.state:
        return  # an older word: what it says of the money is older too
    if snapshot.amount is not None:
        dispute.amount_minor = snapshot.amount.minor
    dispute.reason = (snapshot.reason or dispute.reason)[:200]
    dispute.respond_by = snapshot.respond_by or dispute.respond_by
    known = Money(dispute.withdrawn_minor, dispute.currency)
    withdrawn = known if snapshot.withdrawn is None else snapshot.withdrawn
    if snapshot.state is DisputeState.OPEN:
        # Two messages of a dispute that stays open have no order: what one of them knows to be away is away.
        withdrawn = max(withdrawn, known)
    _move(folio, dispute, withdrawn, given_up=before is DisputeState.LOST)
    if dispute.state == DisputeState.LOST and before is not DisputeState.LOST:
        _lose(folio, dispute, Money(dispute.withdrawn_minor, dispute.currency), f"dispute_lost:{dispute.pk}")
    dispute.save()


def _lose(folio: Folio, dispute: Dispute, amount: Money, key: str) -> None:
    entry = ledger.dispute_lost(amount)
    post_entry(folio=folio, key=key, entry=entry, occurred_at=clock.now(), memo=dispute.provider_id)


def _move(folio: Folio, dispute: Dispute, withdrawn: Money, *, given_up: bool) -> None:
    difference = withdrawn.minor - dispute.withdrawn_minor
    if not difference:
        return
    amount = Money(abs(difference), dispute.currency)
    if difference > 0:
        entry = ledger.dispute_withdrawn(amount)
    else:
        source = ledger.Account.DISPUTE_LOSSES if given_up else ledger.Account.DISPUTED
        entry = ledger.dispute_returned(amount, out_of=source)
    dispute.movements += 1
    dispute.withdrawn_minor = withdrawn.minor
    key = f"dispute:{dispute.pk}:{dispute.movements}"
    post_entry(folio=folio, key=key, entry=entry, occurred_at=clock.now(), memo=dispute.provider_id)
    if difference > 0 and given_up:
        _lose(folio, dispute, amount, f"dispute_lost:{dispute.pk}:{dispute.movements}")


def _follow(dispute: Dispute, review: ReviewItem) -> None:
    if dispute.state == DisputeState.WON:
        resolve_reviews(
            actor=Actor.system("dispute won"),
            items=ReviewItem.objects.filter(pk=review.pk),
            resolution="The dispute was won.",
        )
