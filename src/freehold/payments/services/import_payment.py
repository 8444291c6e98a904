"""Bring in what another system says about a payment: money that came there, or an attempt that brought none.

The money is in the books as received elsewhere. Nobody can be asked about it here: what goes back of it goes by hand.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Model

from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied
from freehold.domain import ledger
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.finance.models import Folio
from freehold.finance.services.post_entry import post_entry
from freehold.finance.services.settle import settle
from freehold.payments import by_hand
from freehold.payments.models import Charge, Payment, ReviewItem
from freehold.payments.services.open_review import open_review

NUMBERED: type[Model] = Payment
"""Whose numbers they keep, for who chooses them."""

_LONGEST_OBJECT_ID = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentToImport:
    """`reference` names it for ever: what its system and its number there are. `came_in`: the money is there; without,
    the attempt is over. `provider` and `transaction_id` are what it was called. `serial`: the number that it keeps, and
    `spare_serial` one for what is too much of it (none: the next one)."""

    reference: str
    amount: Money
    provider: str
    came_in: bool
    made_at: datetime
    transaction_id: str = ""
    serial: int | None = None
    spare_serial: int | None = None


def import_payment(*, actor: Actor, folio: Folio, payer_id: UUID, payment: PaymentToImport, pays: bool) -> Payment:
    """Writes the payment, and what came of it: it settles what the folio owes, or (not `pays`) a person decides.

    Needs the folio locked, or new, and in the payment's currency. What is more than the folio owes waits for a person,
    too, as a payment of its own. For the system only. Raises Conflict `period_closed`.
    """
    if not actor.is_system:
        raise AccessDenied("Only the system imports payments.")
    if not payment.came_in:
        return _write(folio, payer_id, payment, payment.amount, PaymentState.FAILED)
    owed = _owed(folio) if pays else Money.zero(folio.currency)
    paying = min(owed, payment.amount)
    excess = payment.amount - paying
    made: Payment | None = None
    if paying.is_positive:
        made = _receive(folio, payer_id, payment, paying, is_held=False)
    if excess.is_positive:
        held = _receive(folio, payer_id, payment, excess, is_held=True, is_second=made is not None)
        made = made or held
    return made or _write(folio, payer_id, payment, payment.amount, PaymentState.PAID)


def _owed(folio: Folio) -> Money:
    rows = folio.receivables.values_list("amount_minor", "settled_minor", "written_off_minor")
    return Money(sum(amount - settled - given_up for amount, settled, given_up in rows), folio.currency)


def _receive(
    folio: Folio, payer_id: UUID, said: PaymentToImport, amount: Money, *, is_held: bool, is_second: bool = False
) -> Payment:
    payment = _write(folio, payer_id, said, amount, PaymentState.PAID, is_held=is_held, is_second=is_second)
    reference = f"{said.reference}{':more' if is_second else ''}"
    charge = Charge.objects.create(
        company_id=folio.company_id,
        payment=payment,
        number=1,
        provider=payment.provider,
        account=payment.account,
        charge_id=by_hand.charge_id(method=by_hand.ELSEWHERE, company_id=folio.company_id, reference=reference),
        currency=amount.currency,
        amount_minor=amount.minor,
        occurred_at=said.made_at,
    )
    into = by_hand.kept_in(payment.provider)
    nothing = Money.zero(amount.currency)
    entry = (
        ledger.overpayment(received=amount, owed=nothing, into=into)
        if is_held
        else ledger.payment_received(amount, into=into)
    )
    memo = " ".join(filter(None, (said.provider, said.transaction_id)))[:200] or charge.charge_id
    post_entry(folio=folio, key=f"payment:{payment.pk}:1", entry=entry, occurred_at=said.made_at, memo=memo)
    if not is_held:
        settle(folio=folio, payment_id=payment.pk, amount=amount)
    else:
        open_review(
            kind=ReviewItem.Kind.AMOUNT_MISMATCH,
            key=f"amount:{payment.pk}:{payment.received_minor}",
            detail=f"{amount} came in before the move for {folio.reference}, which does not owe it.",
            company_id=folio.company_id,
            amount=amount,
            payment=payment,
        )
    return payment


def _write(
    folio: Folio,
    payer_id: UUID,
    said: PaymentToImport,
    amount: Money,
    state: PaymentState,
    *,
    is_held: bool = False,
    is_second: bool = False,
) -> Payment:
    received = amount.minor if state is PaymentState.PAID else 0
    serial = said.spare_serial if is_second else said.serial
    last = folio.payments.aggregate(last=Max("attempt"))["last"] or 0
    payment = Payment.objects.create(
        company_id=folio.company_id,
        folio=folio,
        payer_id=payer_id,
        provider=by_hand.ELSEWHERE,
        account=by_hand.ACCOUNT,
        attempt=last + 1,
        state=state,
        currency=amount.currency,
        amount_minor=amount.minor,
        received_minor=received,
        announced_minor=0 if is_held else received,
        object_id="" if is_second else _free_name(said.transaction_id),
        provider_extra={"provider": said.provider, "transaction_id": said.transaction_id, "moved": said.reference},
        return_url="",
        notify_token=secrets.token_urlsafe(32),
        expires_at=said.made_at,
        paid_at=said.made_at if state is PaymentState.PAID else None,
        **({} if serial is None else {"serial": serial}),
    )
    Payment.objects.company(folio.company_id).filter(pk=payment.pk).update(created_at=said.made_at)
    payment.created_at = said.made_at
    return payment


def _free_name(transaction_id: str) -> str:
    """What it was called; nothing, if that does not fit or another payment is called so, which it should not be."""
    if len(transaction_id) > _LONGEST_OBJECT_ID:
        return ""
    same = Payment.objects.system("names of payments that came in elsewhere").filter(
        provider=by_hand.ELSEWHERE, account=by_hand.ACCOUNT, object_id=transaction_id
    )
    return "" if same.exists() else transaction_id
