"""Money that came without a gateway's word becomes a charge, on the same way as any other.

An attempt that people keep collects what comes, in cash or by transfer, until the sum is there; otherwise what came
pays the oldest debt of the folio, whole or not at all: the rest of a debt that is paid in parts is waited for.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q

from freehold.core import clock
from freehold.core.errors import Conflict
from freehold.domain.money import CurrencyMismatch, Money
from freehold.domain.payment_states import PaymentState
from freehold.finance.models import Folio
from freehold.payments import by_hand
from freehold.payments.accounts import new_notify_token
from freehold.payments.models import OPEN_STATES, Charge, Payment
from freehold.payments.selectors import refunded_minor
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
    payment = _waiting(folio, came, method) or _new_payment(folio, came, method)
    return apply_snapshot(payment_id=payment.pk, snapshot=_whole(payment, came), source="event").payment


def _waiting(folio: Folio, came: Arrival, method: str) -> Payment | None:
    """The attempt that this money belongs to; none for money that pays a debt and is not what the attempt asked for."""
    attempt = _asked_for(folio, method, came.amount)
    if attempt is None or attempt.received_minor > refunded_minor(attempt):
        return attempt
    debt = _oldest_debt(folio)
    is_what_was_asked = attempt.provider == method and came.amount.minor >= attempt.amount_minor
    pays_a_debt = debt is not None and came.amount.minor >= debt.minor
    return None if pays_a_debt and not is_what_was_asked else attempt


def _asked_for(folio: Folio, method: str, amount: Money) -> Payment | None:
    """The open attempt that people keep, in whatever way its parts come. Else the latest transfer whose time is over,
    since late money counts; but once other money has paid, what comes is not for that any more."""
    untold = folio.payments.select_for_update(no_key=True).filter(announced_minor=0, purpose=Payment.Purpose.CHARGE)
    open_ones = list(untold.filter(provider__in=by_hand.METHODS, state__in=OPEN_STATES).order_by("attempt"))
    # Of several, each of another payer, the one that asked for just this.
    open_one = next((each for each in open_ones if each.amount_minor == amount.minor), next(iter(open_ones), None))
    if open_one is not None or method != by_hand.TRANSFER:
        return open_one
    late = untold.filter(provider=by_hand.TRANSFER, state__in=(PaymentState.CANCELLED, PaymentState.EXPIRED))
    ended = late.order_by("-attempt").first()
    if ended is None:
        return None
    since = Q(attempt__gt=ended.attempt) | Q(paid_at__gt=ended.created_at)
    return None if folio.payments.filter(since, announced_minor__gt=0).exists() else ended


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
                notify_token=new_notify_token(),
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
    is_paid = received.minor - refunded_minor(payment) >= payment.amount_minor
    return port.PaymentSnapshot(
        ref=port.ProviderRef(payment.object_id or f"{WAITED_FOR}{payment.pk}", came.charge_id),
        state=PaymentState.PAID if is_paid else PaymentState.PENDING,
        amount=Money(payment.amount_minor, payment.currency),
        received=received,
        charges=charges,
        occurred_at=came.occurred_at,
    )
