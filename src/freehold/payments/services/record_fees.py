"""What a provider kept for its work enters the books, once per line of its own."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from freehold.core import clock
from freehold.domain import ledger
from freehold.domain.money import Money
from freehold.domain.reconciliation import DifferenceKind
from freehold.finance.services.lock_folio import lock_folio
from freehold.finance.services.post_entry import post_company_entry, post_entry
from freehold.payments.comparing import payment_of
from freehold.payments.models import GatewayFee, Payment
from freehold.payments.types import Drift
from freehold.ports.payment_gateway import LedgerLine, PaymentProvider


def record_fees(
    *,
    gateway: PaymentProvider,
    company_id: UUID | None,
    lines: Sequence[LedgerLine],
    payments: dict[str, Payment],
) -> list[Drift]:
    """Posts the fees that are new: on the folio of the payment that they were taken of, where there is one. Returns
    those that are nobody's, or another amount than before."""
    fees = [line for line in lines if line.kind == "fee" and not line.amount.is_zero]
    known = {
        row.line_id: row
        for row in GatewayFee.objects.system("fees").filter(
            provider=gateway.slug, account=gateway.account, line_id__in=[line.provider_id for line in fees]
        )
    }
    odd = []
    for line in fees:
        payment, row = payment_of(line, payments), known.get(line.provider_id)
        whose = payment.company_id if payment is not None else company_id
        if row is None and whose is not None:
            row = _record(gateway, whose, payment, line)
        ours = None if row is None else Money(row.amount_minor, row.currency)
        if ours != -line.amount:
            odd.append(
                Drift(line.provider_id, DifferenceKind.FEE, -line.amount, ours, line.occurred_at, payment=payment)
            )
    return odd


def _record(gateway: PaymentProvider, company_id: UUID, payment: Payment | None, line: LedgerLine) -> GatewayFee:
    kept = -line.amount
    with transaction.atomic():
        folio = lock_folio(payment.folio_id) if payment is not None and payment.currency == kept.currency else None
        fee, is_new = GatewayFee.objects.system("fees").get_or_create(
            provider=gateway.slug,
            account=gateway.account,
            line_id=line.provider_id,
            defaults={
                "company_id": company_id,
                "payment": payment,
                "currency": kept.currency,
                "amount_minor": kept.minor,
                "occurred_at": line.occurred_at,
            },
        )
        if not is_new:
            return fee
        entry = ledger.gateway_fee(kept) if kept.is_positive else ledger.gateway_fee_returned(-kept)
        key, moment, memo = f"gateway_fee:{fee.pk}", clock.now(), line.provider_id
        if folio is None:
            post_company_entry(company_id=company_id, key=key, entry=entry, occurred_at=moment, memo=memo)
        else:
            post_entry(folio=folio, key=key, entry=entry, occurred_at=moment, memo=memo)
    return fee
