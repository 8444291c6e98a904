"""Folios, payments and refunds as rows, and what gateways say of them, for tests without a gateway."""

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
from freehold.payments.models import PayLink, Payment, Refund
from freehold.payments.services.apply_snapshot import apply_snapshot
from freehold.ports.payment_gateway import Charge, PaymentSnapshot, ProviderRef
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


def a_link(folio: Folio, *, amount: int = 10_000, **options: Any) -> PayLink:
    """A pay link, as a row alone: nobody knows its address."""
    return PayLink.objects.create(
        **{
            "company_id": folio.company_id,
            "folio": folio,
            "token_digest": secrets.token_hex(32),
            "label": "A part of it",
            "currency": folio.currency,
            "amount_minor": amount,
            "expires_at": clock.now() + timedelta(days=1),
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


def seen(payment: Payment, state: PaymentState, *minors: int, currency: str = "USD", **changes: Any) -> PaymentSnapshot:
    """What the gateway says of the payment: a state, and so many charges."""
    charges = tuple(
        Charge(f"ch_{payment.pk}_{number}", Money(minor, currency), clock.now()) for number, minor in enumerate(minors)
    )
    return PaymentSnapshot(
        **{
            "ref": ProviderRef(payment.object_id),
            "state": state,
            "amount": Money(payment.amount_minor, payment.currency),
            "received": Money.sum((charge.received for charge in charges), currency),
            "charges": charges,
            **changes,
        }
    )


def an_attempt(**options: Any) -> Payment:
    """An open attempt, as a row alone."""
    return a_payment(a_folio(54_000), **{"received": 0, "state": PaymentState.PENDING, **options})


def apply(payment: Payment, snapshot: PaymentSnapshot) -> Payment:
    apply_snapshot(payment_id=payment.pk, snapshot=snapshot, source="event")
    payment.refresh_from_db()
    return payment
