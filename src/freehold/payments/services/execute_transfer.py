"""Tell the provider to pay somebody: once, however often this runs.

The key is the transfer's own, so that a call whose answer was lost is repeated, not doubled. Where a provider knows no
keys nothing is repeated: its message is waited for, and then a person looks. Keys are forgotten after a day; what has
no answer by then is for a person too, and never for another call.
"""

from datetime import timedelta
from uuid import UUID

import structlog
from django.db.models import F

from freehold.core import clock
from freehold.core.secrets import UnreadableSecret
from freehold.domain.payment_states import PayoutState
from freehold.finance.destinations import open_destination
from freehold.finance.outgoings import get_outgoing
from freehold.payments.gateways import call
from freehold.payments.models import ReviewItem, Transfer
from freehold.payments.schedule import KEY_IS_SAFE_FOR, next_transfer_look
from freehold.payments.services.apply_payout_snapshot import apply_payout_snapshot
from freehold.payments.services.open_review import open_review
from freehold.payments.transfers import (
    NOT_ANSWERED,
    amount_of_transfer,
    gateway_of_transfer,
    get_transfer,
    notify_url_of,
)
from freehold.ports.payment_gateway import (
    Declined,
    Misconfigured,
    PayoutRequest,
    PayoutSnapshot,
    ProviderError,
    Retryable,
    Unknown,
)

log = structlog.get_logger(__name__)

MESSAGE_COMES_WITHIN = timedelta(minutes=15)
"""Of a payout that is never told twice."""


def execute_transfer(*, transfer_id: UUID) -> Transfer:
    """Calls the provider unless it has answered already. Raises ProviderError when there is no answer: try again."""
    transfer = get_transfer(transfer_id)
    if transfer.provider_id or transfer.state not in NOT_ANSWERED:
        return transfer
    if _is_overdue(transfer):
        return hand_over(transfer)
    first_call = _mark_called(transfer)
    if transfer.is_keyless and not first_call:
        return _wait(transfer)
    try:
        snapshot = call(gateway_of_transfer(transfer).payout, _request(transfer))
    except Declined as error:
        if not first_call:
            return _no_answer(transfer, error, first_call=False)
        snapshot = PayoutSnapshot(None, PayoutState.FAILED, None, error_code=error.code or "declined")
    except Misconfigured as error:
        # Certainly not executed: it says so, and may be made anew when the account is mended.
        if not first_call:
            _no_answer(transfer, error, first_call=False)
            raise
        snapshot = PayoutSnapshot(None, PayoutState.FAILED, None, error_code=error.code or "refused")
    except ProviderError as error:
        _no_answer(transfer, error, first_call=first_call)
        raise
    return apply_payout_snapshot(transfer_id=transfer_id, snapshot=snapshot, source="call").transfer


def _request(transfer: Transfer) -> PayoutRequest:
    """Raises Misconfigured when the destination is not the one that was confirmed."""
    outgoing = get_outgoing(transfer.outgoing_id)
    try:
        destination = open_destination(outgoing.destination)
    except (UnreadableSecret, ValueError) as error:
        raise Misconfigured("the destination cannot be read", code="destination_unreadable") from error
    return PayoutRequest(
        payout_id=str(transfer.pk),
        purpose="expense" if transfer.purpose == "expense" else "owner_payout",
        amount=amount_of_transfer(transfer),
        destination=destination,
        description=f"{outgoing.reference} {outgoing.description}",
        notify_url=notify_url_of(transfer),
    )


def _mark_called(transfer: Transfer) -> bool:
    """Commits, before the call, that the provider may know of it. True for the first call."""
    mine = Transfer.objects.company(transfer.company_id).filter(pk=transfer.pk, called_at=None)
    return bool(mine.update(called_at=clock.now()))


def _is_overdue(transfer: Transfer) -> bool:
    patience = MESSAGE_COMES_WITHIN if transfer.is_keyless else KEY_IS_SAFE_FOR
    return transfer.called_at is not None and clock.now() > transfer.called_at + patience


def _wait(transfer: Transfer) -> Transfer:
    """Until its message comes, or it has been long enough for a person to look."""
    open_one = Transfer.objects.company(transfer.company_id).filter(pk=transfer.pk, state__in=NOT_ANSWERED)
    open_one.update(next_fetch_at=clock.now() + MESSAGE_COMES_WITHIN, state=PayoutState.UNKNOWN)
    return get_transfer(transfer.pk)


def _no_answer(transfer: Transfer, error: ProviderError, *, first_call: bool) -> Transfer:
    """What came back says nothing about an earlier call: that one may have been executed."""
    later = next_transfer_look(
        state=PayoutState.UNKNOWN,
        looks=transfer.fetch_count + 1,
        moment=clock.now(),
        requested_at=transfer.created_at,
    )
    changes: dict[str, object] = {"next_fetch_at": later, "fetch_count": F("fetch_count") + 1}
    if first_call and isinstance(error, Retryable):
        changes["called_at"] = None  # certainly not executed
    else:
        changes["state"] = PayoutState.UNKNOWN
    rows = Transfer.objects.company(transfer.company_id)
    rows.filter(pk=transfer.pk, state__in=NOT_ANSWERED, provider_id="").update(**changes)
    log.warning("transfer_not_answered", transfer_id=str(transfer.pk), error=type(error).__name__)
    transfer = get_transfer(transfer.pk)
    # Told a second time, it says that it knows the key or refuses: asking once more brings no other answer.
    knows_it = isinstance(error, Declined) or (isinstance(error, Unknown) and error.code is not None)
    if transfer.state == PayoutState.UNKNOWN and (later is None or (knows_it and not first_call)):
        return hand_over(transfer)
    return transfer


def hand_over(transfer: Transfer) -> Transfer:
    """To a person, who looks at the provider's and says whether it went."""
    open_review(
        kind=ReviewItem.Kind.NO_ANSWER,
        key=f"transfer:no_answer:{transfer.pk}",
        detail=f"The provider never told whether it paid {get_outgoing(transfer.outgoing_id).reference}. "
        "Look for it there, and say on its page whether it went. It is never sent again by itself.",
        company_id=transfer.company_id,
        amount=amount_of_transfer(transfer),
        transfer=transfer,
    )
    Transfer.objects.company(transfer.company_id).filter(pk=transfer.pk).update(next_fetch_at=None)
    return get_transfer(transfer.pk)
