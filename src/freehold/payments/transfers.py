"""Reads of transfers to payees, how they are told to providers, and the lock that comes after the outgoing's."""

from collections.abc import Collection
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch

from freehold.core.errors import NotFound
from freehold.domain.money import Money
from freehold.domain.payment_states import PayoutState
from freehold.payments.accounts import find_gateway
from freehold.payments.models import GatewayEvent, ReviewItem, Transfer
from freehold.ports.payment_gateway import Misconfigured, PaymentProvider

GONE = frozenset({PayoutState.FAILED, PayoutState.REVERSED, PayoutState.CANCELLED})
"""Transfers in these states brought nothing to anybody, or brought it back."""

NOT_ANSWERED = frozenset({PayoutState.CREATED, PayoutState.UNKNOWN})


def get_transfer(transfer_id: UUID) -> Transfer:
    """Raises NotFound."""
    row = Transfer.objects.system("by id").filter(pk=transfer_id).first()
    if row is None:
        raise NotFound
    return row


def transfer_for_update(transfer_id: UUID) -> Transfer:
    """Locks the transfer of an outgoing that is locked already."""
    return Transfer.objects.system("lock").select_for_update(no_key=True).get(pk=transfer_id)


def transfer_of(outgoing_id: UUID) -> Transfer | None:
    """With what was heard of it and what somebody has to look at. None while nothing was sent."""
    events = GatewayEvent.objects.defer("body", "headers").order_by("created_at")
    rows = Transfer.objects.system("of outgoing").filter(outgoing_id=outgoing_id)
    return rows.prefetch_related(
        Prefetch("events", events), Prefetch("review_items", ReviewItem.objects.order_by("created_at"))
    ).first()


def gateway_of_transfer(transfer: Transfer) -> PaymentProvider:
    """The account from which it is paid. Raises Misconfigured when it is no longer connected."""
    gateway = find_gateway(provider=transfer.provider, account=transfer.account, company_id=transfer.company_id)
    if gateway is None:
        raise Misconfigured("the account of this transfer is not connected", code="account_not_connected")
    return gateway


def notify_url_of(transfer: Transfer) -> str:
    """Where the provider tells of it. Some refuse addresses that name them."""
    path = "expensecallback" if transfer.purpose == "expense" else "payoutcallback"
    return f"{settings.SITE_URL}/api/v1/{path}/{transfer.notify_token}/"


def amount_of_transfer(transfer: Transfer) -> Money:
    return Money(transfer.amount_minor, transfer.currency)


def transfers_in_books(*, provider: str, account: str, names: Collection[str]) -> dict[str, Money]:
    """By the provider's names, what our books say has left for good: nothing where it failed or came back."""
    rows = Transfer.objects.system("compare ledgers").filter(provider=provider, account=account, provider_id__in=names)
    return {
        row.provider_id: Money(row.amount_minor if row.state == PayoutState.PAID else 0, row.currency) for row in rows
    }
