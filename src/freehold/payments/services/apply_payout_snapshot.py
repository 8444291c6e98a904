"""Bring a transfer up to what its provider says. One that was paid may still come back, days later."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.domain.money import Money
from freehold.domain.outgoing_states import OutgoingState
from freehold.domain.payment_states import PayoutState, next_payout_state
from freehold.finance.models import Outgoing
from freehold.finance.outgoings import lock_with_payee
from freehold.finance.services.follow_transfer import mark_failed, mark_paid, mark_returned
from freehold.payments import by_hand
from freehold.payments.models import ReviewItem, Transfer
from freehold.payments.schedule import next_transfer_look
from freehold.payments.services.open_review import open_review
from freehold.payments.services.resolve_review import resolve_reviews
from freehold.payments.transfers import GONE, amount_of_transfer, get_transfer, transfer_for_update
from freehold.payments.types import Source
from freehold.ports.payment_gateway import PayoutSnapshot

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AppliedTransfer:
    transfer: Transfer
    review: ReviewItem | None


def apply_payout_snapshot(*, transfer_id: UUID, snapshot: PayoutSnapshot, source: Source) -> AppliedTransfer:
    """Applies one snapshot, in any order, any number of times. Another amount or another payout than this one is for a
    person, and so is money that went after it was said to have failed."""
    outgoing_id = get_transfer(transfer_id).outgoing_id
    with transaction.atomic():
        outgoing = lock_with_payee(outgoing_id)
        transfer = transfer_for_update(transfer_id)
        contradiction = _contradiction(transfer, snapshot)
        if contradiction is not None:
            return AppliedTransfer(transfer, contradiction)
        before = PayoutState(transfer.state)
        transfer.provider_id = transfer.provider_id or snapshot.provider_id or ""
        transfer.error_code = (snapshot.error_code or transfer.error_code)[:60]
        transfer.state = next_payout_state(before, snapshot.state)
        _plan_next_look(transfer, changed=transfer.state != before, fetched=source == "fetch")
        review = follow(outgoing, transfer, before)
        transfer.save()
    log.info("payout_snapshot_applied", transfer_id=str(transfer.pk), source=source, after=str(transfer.state))
    return AppliedTransfer(transfer, review)


def follow(outgoing: Outgoing, transfer: Transfer, before: PayoutState) -> ReviewItem | None:
    """The outgoing and the books after a change of the transfer's state; a person when it failed. Both are locked."""
    if transfer.state == before:
        return None
    moment, kept_in = clock.now(), by_hand.kept_in(transfer.provider)
    if transfer.state == PayoutState.PAID:
        mark_paid(outgoing=outgoing, out_of=kept_in, moment=moment)
        transfer.paid_at = moment
        _close_questions(transfer)
        return None
    if transfer.state not in GONE or before in GONE:
        return None
    if before is PayoutState.PAID:
        mark_returned(outgoing=outgoing, back_to=kept_in, error_code=transfer.error_code, moment=moment)
        return _failed(outgoing, transfer, "came back after it was paid: it is owed again")
    if outgoing.state == OutgoingState.SENDING:
        mark_failed(outgoing=outgoing, error_code=transfer.error_code, moment=moment)
    _close_questions(transfer)
    return _failed(outgoing, transfer, "failed: nothing was paid")


def _contradiction(transfer: Transfer, snapshot: PayoutSnapshot) -> ReviewItem | None:
    amount = amount_of_transfer(transfer)
    if snapshot.amount is not None and snapshot.amount != amount:
        detail = f"The provider paid out {snapshot.amount}, we asked for {amount}."
        return _disagree(transfer, "amount", detail, snapshot.amount)
    told = snapshot.provider_id
    if told and transfer.provider_id and told != transfer.provider_id:
        detail = f"The provider names {told} beside {transfer.provider_id}: it may have paid {amount} twice."
        return _disagree(transfer, "another", detail, amount)
    others = Transfer.objects.system("whose payout").filter(provider=transfer.provider, account=transfer.account)
    if told and others.filter(provider_id=told).exclude(pk=transfer.pk).exists():
        return _disagree(transfer, "anothers", f"The provider names {told}, which is another transfer's.", amount)
    was_over = transfer.state in GONE and transfer.state != PayoutState.CANCELLED and transfer.paid_at is None
    if snapshot.state is PayoutState.PAID and was_over:
        detail = f"{amount} was said to have failed, and now to have been paid. Look for it at the provider."
        return _disagree(transfer, "paid_after_all", detail, amount)
    return None


def _disagree(transfer: Transfer, what: str, detail: str, amount: Money) -> ReviewItem:
    return open_review(
        kind=ReviewItem.Kind.DISAGREEMENT,
        key=f"transfer:{what}:{transfer.pk}",
        detail=detail,
        company_id=transfer.company_id,
        amount=amount,
        transfer=transfer,
    )


def _failed(outgoing: Outgoing, transfer: Transfer, what: str) -> ReviewItem:
    amount = amount_of_transfer(transfer)
    return open_review(
        kind=ReviewItem.Kind.PAYOUT_FAILED,
        key=f"transfer:{transfer.state}:{transfer.pk}",
        detail=f"{outgoing.reference}, {amount}, {what} ({transfer.error_code or 'no reason given'}).",
        company_id=transfer.company_id,
        amount=amount,
        transfer=transfer,
    )


def _close_questions(transfer: Transfer) -> None:
    """The provider has answered after all."""
    resolve_reviews(
        actor=Actor.system("transfer answered"),
        items=transfer.review_items.filter(kind=ReviewItem.Kind.NO_ANSWER),
        resolution=f"The provider answered: {transfer.state}.",
    )


def _plan_next_look(transfer: Transfer, *, changed: bool, fetched: bool) -> None:
    if not changed and not fetched:
        return
    transfer.fetch_count = 0 if changed else transfer.fetch_count + 1
    transfer.next_fetch_at = _next_look(transfer, clock.now())


def _next_look(transfer: Transfer, moment: datetime) -> datetime | None:
    return next_transfer_look(
        state=PayoutState(transfer.state),
        looks=transfer.fetch_count,
        moment=moment,
        requested_at=transfer.created_at,
    )
