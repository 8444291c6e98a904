"""Ask the provider what became of one transfer."""

from uuid import UUID

from django.db.models import F

from freehold.core import clock
from freehold.domain.payment_states import PayoutState
from freehold.payments.gateways import call
from freehold.payments.models import Transfer
from freehold.payments.schedule import first_look, next_transfer_look
from freehold.payments.services.apply_payout_snapshot import apply_payout_snapshot
from freehold.payments.services.execute_transfer import execute_transfer, hand_over
from freehold.payments.transfers import GONE, NOT_ANSWERED, gateway_of_transfer, get_transfer
from freehold.ports.payment_gateway import ProviderError


def refresh_transfer(*, transfer_id: UUID) -> Transfer:
    """Fetches the transfer and applies the answer; executes it when the provider never named it. Raises ProviderError
    when there is no answer; the next look is planned."""
    transfer = get_transfer(transfer_id)
    if not transfer.provider_id:
        return execute_transfer(transfer_id=transfer_id)
    if transfer.state in GONE:
        return transfer
    try:
        snapshot = call(gateway_of_transfer(transfer).fetch_payout, transfer.provider_id)
    except ProviderError:
        _look_later(transfer)
        raise
    transfer = apply_payout_snapshot(transfer_id=transfer_id, snapshot=snapshot, source="fetch").transfer
    if transfer.next_fetch_at is None and transfer.state in (PayoutState.PENDING, *NOT_ANSWERED):
        return hand_over(transfer)
    return transfer


def look_soon(transfer: Transfer) -> None:
    """Now, or by the reconciler soon."""
    try:
        refresh_transfer(transfer_id=transfer.pk)
    except ProviderError:
        soon = first_look(clock.now())
        open_ones = Transfer.objects.company(transfer.company_id).exclude(state__in=GONE)
        open_ones.filter(pk=transfer.pk).update(next_fetch_at=soon)


def _look_later(transfer: Transfer) -> None:
    later = next_transfer_look(
        state=PayoutState(transfer.state),
        looks=transfer.fetch_count + 1,
        moment=clock.now(),
        requested_at=transfer.created_at,
    )
    if later is None and transfer.state != PayoutState.PAID:
        hand_over(transfer)
        return
    Transfer.objects.company(transfer.company_id).filter(pk=transfer.pk, state=transfer.state).update(
        next_fetch_at=later, fetch_count=F("fetch_count") + 1
    )
