"""Money that came without a gateway's word becomes a charge, on the same way as any other.

A transfer that is waited for collects what comes until the sum is there; otherwise what came pays the oldest debt of
the folio, whole or not at all: the rest of a debt that is paid in parts is waited for.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from freehold.core import clock
from freehold.core.errors import Conflict
from freehold.domain.money import CurrencyMismatch, Money
from freehold.domain.payment_states import PaymentState
from freehold.finance.models import Folio
from freehold.payments import by_hand
from freehold.payments.models import Charge, Payment
from freehold.payments.services.apply_snapshot import apply_snapshot
from freehold.ports import payment_gateway as port

WAITED_FOR = "transfer-"


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came, and how it is found again: `charge_id` is unique for this money for ever."""

    amount: Money
    charge_id: str
    occurred_at: datetime


def take_money(*, folio: Folio, came: Arrival, method: str = by_hand.TRANSFER) -> Payment:
    """Needs the folio locked. The same `charge_id` again changes nothing. Raises CurrencyMismatch, and Conflict
    `payment_in_progress` for a part of a debt while another attempt is open."""
    if came.amount.currency != folio.currency:
        raise CurrencyMismatch(folio.currency, came.amount.currency)
    known = Charge.objects.company(folio.company_id).filter(charge_id=came.charge_id, payment__folio=folio).first()
    if known is not None:
        return known.payment
    payment = _waiting_transfer(folio) or _new_payment(folio, came, method)
    return apply_snapshot(payment_id=payment.pk, snapshot=_whole(payment, came), source="event").payment


def _waiting_transfer(folio: Folio) -> Payment | None:
    """The latest transfer that was asked for and is not there yet, even when its time is over: late money counts."""
    asked_for = folio.payments.select_for_update(no_key=True).filter(provider=by_hand.TRANSFER, announced_minor=0)
    return asked_for.exclude(state__in=(PaymentState.PAID, PaymentState.FAILED)).order_by("-attempt").first()


def _new_payment(folio: Folio, came: Arrival, method: str) -> Payment:
    asked = _oldest_debt(folio) or _first_debt(folio) or came.amount
    is_enough = came.amount.minor >= asked.minor
    last = folio.payments.aggregate(last=Max("attempt"))["last"] or 0
    moment = clock.now()
    try:
        with transaction.atomic():
            return Payment.objects.create(
                company_id=folio.company_id,
                folio=folio,
                provider=method,
                account=by_hand.ACCOUNT,
                attempt=last + 1,
                state=PaymentState.PAID if is_enough else PaymentState.PENDING,
                currency=folio.currency,
                amount_minor=asked.minor,
                return_url="",
                notify_token=secrets.token_urlsafe(32),
                expires_at=moment,
                paid_at=moment if is_enough else None,
            )
    except IntegrityError as error:
        raise Conflict("Another payment of this booking is under way.", code="payment_in_progress") from error


def _oldest_debt(folio: Folio) -> Money | None:
    open_ones = folio.receivables.filter(amount_minor__gt=F("settled_minor") + F("written_off_minor"))
    debt = open_ones.order_by("due_at", "id").first()
    if debt is None:
        return None
    return Money(debt.amount_minor - debt.settled_minor - debt.written_off_minor, folio.currency)


def _first_debt(folio: Folio) -> Money | None:
    """What a commitment that has lapsed had asked for first: less does not bring it back. None once it was paid."""
    if folio.payments.filter(announced_minor__gt=0).exists():
        return None
    first = folio.receivables.order_by("due_at", "id").first()
    return None if first is None else Money(first.amount_minor, folio.currency)


def _whole(payment: Payment, came: Arrival) -> port.PaymentSnapshot:
    """What a provider would say of all that has come for this payment."""
    rows = Charge.objects.company(payment.company_id).filter(payment=payment)
    charges = (
        *(port.Charge(row.charge_id, Money(row.amount_minor, row.currency), row.occurred_at) for row in rows),
        port.Charge(came.charge_id, came.amount, came.occurred_at),
    )
    received = Money.sum((charge.received for charge in charges), payment.currency)
    is_paid = received.minor >= payment.amount_minor
    return port.PaymentSnapshot(
        ref=port.ProviderRef(payment.object_id or f"{WAITED_FOR}{payment.pk}", came.charge_id),
        state=PaymentState.PAID if is_paid else PaymentState.PENDING,
        amount=Money(payment.amount_minor, payment.currency),
        received=received,
        charges=charges,
        occurred_at=came.occurred_at,
    )
