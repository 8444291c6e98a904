"""Folios, payments and refunds as rows, for tests that are not about how they come to be."""

import secrets
from datetime import timedelta
from typing import Any

from freehold.companies.models import Company
from freehold.core import clock
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.finance.models import Folio
from freehold.finance.services.add_receivable import add_receivable
from freehold.finance.services.open_folio import open_folio
from freehold.payments.models import Payment, Refund
from tests.factories import CompanyFactory


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def a_folio(*owed: int, company: Company | None = None, currency: str = "USD") -> Folio:
    """A folio that owes these amounts (minor units), the first of them soonest."""
    folio = open_folio(
        company_id=(company or CompanyFactory()).pk,
        kind=Folio.Kind.BOOKING,
        reference=f"FH-{secrets.token_hex(5)}",
        currency=currency,
    )
    for day, minor in enumerate(owed):
        add_receivable(
            folio=folio,
            kind="full",
            label=f"Part {day}",
            amount=Money(minor, currency),
            due_at=clock.now() + timedelta(days=day),
        )
    return folio


def a_payment(folio: Folio, *, amount: int = 54_000, received: int | None = None, **options: Any) -> Payment:
    """A paid payment on the folio, as if a gateway had said so; its money is in nobody's books."""
    received = amount if received is None else received
    return Payment.objects.create(
        **{
            "company_id": folio.company_id,
            "folio": folio,
            "provider": "sandbox",
            "account": "acct_sandbox",
            "attempt": folio.payments.count() + 1,
            "state": PaymentState.PAID,
            "currency": folio.currency,
            "amount_minor": amount,
            "received_minor": received,
            "announced_minor": received,
            "object_id": f"pay_{secrets.token_hex(6)}",
            "return_url": "https://site.test/back",
            "notify_token": secrets.token_urlsafe(12),
            "expires_at": clock.now() + timedelta(minutes=15),
            **options,
        }
    )


def a_refund(payment: Payment, *, amount: int, **options: Any) -> Refund:
    return Refund.objects.create(
        **{
            "company_id": payment.company_id,
            "payment": payment,
            "folio_id": payment.folio_id,
            "key": f"test:{secrets.token_hex(6)}",
            "state": RefundState.CREATED,
            "currency": payment.currency,
            "amount_minor": amount,
            "reason": "test",
            **options,
        }
    )
