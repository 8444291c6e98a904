"""A shop that really sells: our site on a socket, the sandbox gateway as a process, money between them over HTTP."""

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from freehold.adapters.payments.sandbox import SandboxProvider, SandboxSettings
from freehold.core import clock, events, outbox, outside
from freehold.core.actor import Actor
from freehold.core.models import OutboxMessage
from freehold.domain.money import Money
from freehold.finance.models import Folio, JournalEntry, Posting
from freehold.payments.events import MoneyReceived
from freehold.payments.models import GatewayEvent, Payment, Refund, ReviewItem
from freehold.payments.services.compare_ledgers import compare_ledgers
from freehold.payments.services.request_refund import request_refund
from freehold.payments.services.start_payment import start_payment
from freehold.payments.types import Drift
from freehold.ports.payment_gateway import Payer, PaymentProvider
from freehold.simulators.sandbox.signing import HEADER, sign
from tests.apps.payments.builders import a_folio
from tests.simulators.sandbox_process import API_KEY, SECRET, SandboxProcess, eventually

SYSTEM = Actor.system("test")


class Shop:
    """`site_url` is where webhooks go; `told` holds every MoneyReceived that was announced."""

    def __init__(self, sandbox: SandboxProcess, site_url: str) -> None:
        self.sandbox = sandbox
        self.site_url = site_url
        self.account = SandboxSettings(base_url=sandbox.url, api_key=API_KEY, webhook_secrets=(SECRET,))
        self.told: list[MoneyReceived] = []
        events.subscribe(MoneyReceived, self.told.append)
        self.use()

    def use(self, provider: PaymentProvider | None = None, **changes: Any) -> PaymentProvider:
        """Puts a gateway client behind the port: this one, or the usual one with other settings."""
        provider = provider or SandboxProvider(replace(self.account, **changes))
        outside.bind_payment_gateway(provider)
        return provider

    # --- selling ----------------------------------------------------------------------------------------

    def sell(
        self, amount: int = 54_000, *, folio: Folio | None = None, currency: str = "USD", **options: Any
    ) -> Payment:
        """An attempt, opened at the gateway."""
        folio = folio or a_folio(amount, currency=currency)
        return start_payment(
            **{
                "actor": SYSTEM,
                "folio_id": folio.pk,
                "provider": "sandbox",
                "amount": Money(amount, currency),
                "return_url": "http://127.0.0.1:9/back",
                "reference": "FH7K2Q9M",
                "description": "Booking FH-7K2Q9M",
                "payer_id": None,
                "payer": Payer(email="ada@guests.example", phone_e164="+16175550123", name="Ada Guest"),
                "expires_at": clock.now() + timedelta(minutes=15),
                **options,
            }
        )

    def paid(self, amount: int = 54_000, **options: Any) -> Payment:
        """An attempt that was paid, and of which the books know."""
        payment = self.sell(amount, **options)
        self.press(payment, "pay")
        self.hear(payment)
        return reload(payment)

    def press(self, payment: Payment, scenario: str, **fields: str) -> None:
        """The payer presses a button of the gateway's page."""
        page = payment.next_action["url"]
        answer = httpx.post(page, data={"scenario": scenario, **fields}, trust_env=False)
        assert answer.status_code == 303, answer.text

    def hear(self, payment: Payment, count: int = 1, *, subject: str = "payment") -> list[GatewayEvent]:
        """Waits until the gateway has told so many things about the payment, and lets the worker read them."""
        heard = self.wait_for_events(payment, count, subject=subject)
        self.work()
        return heard

    def wait_for_events(self, payment: Payment, count: int = 1, *, subject: str = "payment") -> list[GatewayEvent]:
        ours = GatewayEvent.objects.filter(subject=subject, path__contains=payment.notify_token)
        eventually(lambda: ours.count() >= count)
        return list(ours.order_by("created_at"))

    def refund(self, payment: Payment, minor: int, *, key: str = "") -> Refund:
        return request_refund(
            actor=SYSTEM,
            payment_id=payment.pk,
            amount=Money(minor, payment.currency),
            key=key or f"test:{payment.pk}:{minor}",
            reason="test",
        )

    def work(self) -> int:
        """The worker, until nothing is due any more."""
        tried = 0
        while more := outbox.deliver_due(worker_id="test"):
            tried += more
        return tried

    def work_again(self) -> int:
        """The same, with everything that waits for its next try."""
        OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING).update(available_at=clock.now())
        return self.work()

    # --- the gateway's side -----------------------------------------------------------------------------

    def objects(self, payment: Payment) -> list[str]:
        """Ids of the gateway's objects that were made for this payment."""
        return self._books("SELECT id FROM payment WHERE metadata ->> 'payment_id' = ?", payment.pk)

    def refunds_made(self, payment: Payment) -> list[str]:
        """Ids of the gateway's refunds of this payment."""
        return self._books("SELECT id FROM refund WHERE payment_id = ?", payment.object_id)

    def status(self, payment: Payment) -> str:
        """The gateway's word for its object."""
        return str(self.sandbox.api.get(f"/v1/payments/{payment.object_id}").json()["status"])

    def refund_in_dashboard(self, payment: Payment, minor: int) -> None:
        answer = self.sandbox.api.post("/v1/refunds", json={"payment": payment.object_id, "amount": minor})
        assert answer.status_code == 201, answer.text

    def _books(self, query: str, value: object) -> list[str]:
        path = self.sandbox.home / "sandbox" / "books.sqlite3"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as books:
            return [row[0] for row in books.execute(query, [str(value)])]

    # --- forging ----------------------------------------------------------------------------------------

    def post(self, token: str, body: bytes, headers: Mapping[str, str], *, provider: str = "sandbox") -> httpx.Response:
        url = f"{self.site_url}/api/v1/webhooks/{provider}/{token}/"
        return httpx.post(url, content=body, headers=dict(headers), trust_env=False, timeout=20)

    def post_signed(self, token: str, body: bytes, *, at: float | None = None, secret: str = SECRET) -> httpx.Response:
        moment = int(at if at is not None else time.time())
        return self.post(token, body, {HEADER: sign(body, secrets=[secret], at=moment)})


def reload[Row: (Payment, Refund)](row: Row) -> Row:
    row.refresh_from_db()
    return row


def account_balance(folio: Folio | UUID, code: str) -> int:
    """Minor units on an account of the folio, debit positive."""
    folio_id = folio.pk if isinstance(folio, Folio) else folio
    postings = Posting.objects.filter(entry__folio_id=folio_id, account__code=code)
    return sum(postings.values_list("amount_minor", flat=True))


def entries(folio_id: UUID) -> list[str]:
    rows = JournalEntry.objects.system("test").filter(folio_id=folio_id).order_by("created_at", "id")
    return list(rows.values_list("kind", flat=True))


def open_reviews(payment: Payment) -> list[str]:
    return list(payment.review_items.filter(resolved_at=None).order_by("created_at").values_list("kind", flat=True))


def reviews() -> list[str]:
    return list(ReviewItem.objects.order_by("created_at").values_list("kind", flat=True))


def compared(*, since: datetime, until: datetime) -> list[Drift]:
    """The gateway's books against ours."""
    gateway = outside.payment_gateways()["sandbox"]
    return compare_ledgers(gateway=gateway, company_id=None, since=since, until=until)
