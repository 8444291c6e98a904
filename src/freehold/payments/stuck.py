"""What should have moved on by itself and has not: payments, refunds, transfers and messages, with since when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from freehold.domain.payment_states import PaymentState, PayoutState, RefundState
from freehold.payments import by_hand
from freehold.payments.models import GatewayEvent, Payment, Refund, Transfer
from freehold.payments.services.hold_refund import WAITS

NO_ANSWER_AFTER = timedelta(minutes=15)
"""The payer has acted, or may have, and the provider says nothing."""

OVERDUE_AFTER = timedelta(hours=1)
"""After the payer's deadline an attempt is closed, or it lapses at the provider."""

UNSENT_AFTER = timedelta(hours=1)
REFUNDED_WITHIN = timedelta(days=7)
"""Banks take days for a refund; longer than this is asked about."""

SENT_WITHIN = timedelta(hours=1)
"""Of a transfer without an answer; one that a bank carries takes longer."""

CARRIED_WITHIN = timedelta(days=7)
UNREAD_AFTER = timedelta(minutes=15)
MOST = 200

SILENT = (PaymentState.UNKNOWN, PaymentState.PROCESSING)
WAITING = (PaymentState.CREATED, PaymentState.PENDING)
UNSENT = (RefundState.CREATED, RefundState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Stuck:
    """`key` names the thing for ever; `kind` is `payment`, `overdue`, `refund`, `message` or `transfer`."""

    key: str
    kind: str
    since: datetime
    provider: str
    reference: str = ""
    payment_id: UUID | None = None
    event_id: UUID | None = None


def stuck_things(*, company_id: UUID, moment: datetime) -> list[Stuck]:
    """Of one company, the oldest first: four queries, however many there are."""
    found = [
        *_payments(company_id, moment),
        *_refunds(company_id, moment),
        *_messages(company_id, moment),
        *_transfers(company_id, moment),
    ]
    return sorted(found, key=lambda each: each.since)[:MOST]


def count_stuck(*, moment: datetime) -> dict[str, int]:
    """How many there are in all companies, by kind: five queries."""
    reason = "counted for who runs the site"
    payments = Payment.objects.system(reason)
    return {
        "payment": _stuck_payments(payments, moment).filter(state__in=SILENT).count(),
        "overdue": _stuck_payments(payments, moment).filter(state__in=WAITING).count(),
        "refund": _stuck_refunds(Refund.objects.system(reason), moment).count(),
        "message": _stuck_messages(moment).count(),
        "transfer": _stuck_transfers(Transfer.objects.system(reason), moment).count(),
    }


def _stuck_payments(payments: QuerySet[Payment], moment: datetime) -> QuerySet[Payment]:
    silent = Q(state__in=SILENT, created_at__lt=moment - NO_ANSWER_AFTER)
    overdue = Q(state__in=WAITING, expires_at__lt=moment - OVERDUE_AFTER)
    return payments.filter(silent | overdue).exclude(provider__in=by_hand.WITHOUT_GATEWAY)


def _stuck_refunds(refunds: QuerySet[Refund], moment: datetime) -> QuerySet[Refund]:
    """Not those that wait for a person's hands, or for a bank's decision: the desk shows them already."""
    unsent = Q(state__in=UNSENT, created_at__lt=moment - UNSENT_AFTER) & ~Q(error_code=WAITS)
    slow = Q(state=RefundState.PENDING, created_at__lt=moment - REFUNDED_WITHIN)
    return refunds.filter(unsent | slow).exclude(payment__provider__in=by_hand.WITHOUT_GATEWAY)


def _stuck_messages(moment: datetime) -> QuerySet[GatewayEvent]:
    """Stored and never read, or naming what nobody knows."""
    unread = (GatewayEvent.State.STORED, GatewayEvent.State.PARKED)
    return GatewayEvent.objects.filter(state__in=unread, created_at__lt=moment - UNREAD_AFTER)


def _stuck_transfers(transfers: QuerySet[Transfer], moment: datetime) -> QuerySet[Transfer]:
    silent = Q(state__in=(PayoutState.CREATED, PayoutState.UNKNOWN), created_at__lt=moment - SENT_WITHIN)
    slow = Q(state=PayoutState.PENDING, created_at__lt=moment - CARRIED_WITHIN)
    return transfers.filter(silent | slow)


def _payments(company_id: UUID, moment: datetime) -> list[Stuck]:
    payments = _stuck_payments(Payment.objects.company(company_id), moment)
    payments = payments.select_related("folio").order_by("created_at", "id")[:MOST]
    return [
        Stuck(
            key=f"payment:{payment.pk}",
            kind="payment" if payment.state in SILENT else "overdue",
            since=payment.created_at,
            provider=payment.provider,
            reference=payment.folio.reference,
            payment_id=payment.pk,
        )
        for payment in payments
    ]


def _refunds(company_id: UUID, moment: datetime) -> list[Stuck]:
    refunds = _stuck_refunds(Refund.objects.company(company_id), moment)
    refunds = refunds.select_related("payment", "folio").order_by("created_at", "id")[:MOST]
    return [
        Stuck(
            key=f"refund:{refund.pk}",
            kind="refund",
            since=refund.created_at,
            provider=refund.payment.provider,
            reference=refund.folio.reference,
            payment_id=refund.payment_id,
        )
        for refund in refunds
    ]


def _messages(company_id: UUID, moment: datetime) -> list[Stuck]:
    events = (
        _stuck_messages(moment)
        .defer("body", "headers")
        .filter(Q(company_id=company_id) | Q(payment__company_id=company_id) | Q(addressed_to__company_id=company_id))
    )
    return [
        Stuck(
            key=f"event:{event.pk}",
            kind="message",
            since=event.created_at,
            provider=event.provider,
            reference=event.object_id,
            payment_id=event.payment_id,
            event_id=event.pk,
        )
        for event in events.order_by("created_at", "id")[:MOST]
    ]


def _transfers(company_id: UUID, moment: datetime) -> list[Stuck]:
    transfers = _stuck_transfers(Transfer.objects.company(company_id), moment).select_related("outgoing")
    return [
        Stuck(
            key=f"transfer:{transfer.pk}",
            kind="transfer",
            since=transfer.created_at,
            provider=transfer.provider,
            reference=transfer.outgoing.reference,
        )
        for transfer in transfers.order_by("created_at", "id")[:MOST]
    ]
