"""Case 48: no key, no secret of a browser, no signature, no access token, no telephone number in any log.

A stay at each provider goes through all that happens: paid, told, sent back, declined; answers that are errors, pages
or nothing; forged messages, wrong keys, exceptions in the worker. At the level of debugging, libraries included.
"""

import json
import logging
import secrets
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from freehold.config import logging as logging_of_the_house
from freehold.core.errors import FreeholdError
from freehold.core.models import SharedToken
from freehold.core.secrets import seal, unseal
from freehold.domain.money import Money
from freehold.payments.accounts import find_gateway
from freehold.payments.models import GatewayAccount, GatewaySecret, Payment
from freehold.payments.next_action import payers_action
from freehold.payments.services import apply_event
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.ports.payment_gateway import PaymentProvider, PayoutRequest, ProviderError
from freehold.simulators.bkash.wire import MSISDN
from freehold.simulators.razorpay.desk import PAYER
from tests.support.gateways.fixtures import OpenInn
from tests.support.gateways.inn import Inn
from tests.support.gateways.tills import TILLS
from tests.support.secrecy import all_rows, encodings_of, everything_logged, spellings_of, told

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("gateways")]

PROVIDERS = sorted(TILLS)
WRONG_KEY = "wrong0key0of0this0account"
TROUBLES = ("error_500", "html", "empty", "timeout")
DESTINATIONS: dict[str, dict[str, str]] = {
    "sandbox": {"acct": "owner"},
    "stripe": {"acct": "acct_owner"},
    "razorpay": {"acct": "fa_owner"},
    "bkash": {"msisdn": "01712345678"},
    "mpesa": {"msisdn": "0712345678"},
}
ACCESS_TOKENS = {
    "bkash": "SELECT value FROM token UNION SELECT refresh FROM token",
    "mpesa": "SELECT value FROM access_token",
}
SIGNATURES = ("stripe-signature", "x-razorpay-signature", "sandbox-signature")
# Raw messages are kept as they came: their signatures are checked again when they are read.
RAW = ("payments_gatewayevent.body", "payments_gatewayevent.headers")

log = logging.getLogger("some.library")


@pytest.mark.parametrize(("name", "log_format"), [*((name, "json") for name in PROVIDERS), ("mpesa", "console")])
def test_case_48_nothing_secret_and_nobodys_number_is_in_a_log(
    open_inn: OpenInn, monkeypatch: pytest.MonkeyPatch, name: str, log_format: str
) -> None:
    with everything_logged(log_format) as written:
        inn = open_inn(name, patience_s=0.3)
        payments = _all_that_happens(inn, monkeypatch)
        hidden = _hidden(inn, payments)
    assert told(written.getvalue(), hidden) == {}
    assert "webhook_stored" in written.getvalue()
    assert "unhandled trouble of the test" in written.getvalue()
    assert hidden["keys"]
    assert hidden["telephones"]
    stored = {kind: hidden[kind] for kind in ("keys", "secrets of browsers", "access tokens")}
    assert told(all_rows(*RAW), stored) == {}


def test_case_48_is_no_accident(open_inn: OpenInn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is taken out of what is logged, the same stay tells a number and an address."""
    monkeypatch.setattr(logging_of_the_house, "drop_personal_data", lambda _logger, _name, event: event)
    with everything_logged() as written:
        inn = open_inn("mpesa", patience_s=0.3)
        hidden = _hidden(inn, _all_that_happens(inn, monkeypatch))
    assert told(written.getvalue(), hidden).keys() >= {"telephones", "addresses"}


def test_what_stands_in_a_log_is_noticed() -> None:
    secret = secrets.token_urlsafe(16)
    with everything_logged() as written:
        log.debug("asking with %s", secret)
    assert told(written.getvalue(), {"keys": [secret]}).keys() == {"keys"}


@pytest.mark.django_db
def test_what_stands_in_a_table_is_noticed() -> None:
    secret = uuid4().hex
    SharedToken.objects.create(key="somebody's", sealed=secret)
    assert told(all_rows(*RAW), {"keys": [secret]}).keys() == {"keys"}


# --- what happens -------------------------------------------------------------------------------------------


def _all_that_happens(inn: Inn, monkeypatch: pytest.MonkeyPatch) -> list[Payment]:
    provider = _provider(inn)
    payments = [paid := inn.pay(booking := inn.book())]
    inn.act(paid, "pay")
    messages = inn.arrived()
    _forge(inn, paid)
    _stumble_over(inn, monkeypatch)
    inn.settle()
    for message in messages:
        inn.post(message)
    inn.cancel(booking)
    inn.settle()
    if "decline" in inn.till.deeds:
        payments.append(declined := inn.pay(inn.book()))
        inn.act(declined, "decline")
        inn.settle()
    payments += [_in_trouble(inn, trouble) for trouble in TROUBLES]
    _pay_out(inn, provider)
    payments.append(_with_wrong_keys(inn))
    return payments


def _provider(inn: Inn) -> PaymentProvider:
    found = find_gateway(provider=inn.till.slug, account=inn.till.account, company_id=inn.company.pk)
    assert found is not None
    return found


def _forge(inn: Inn, payment: Payment) -> None:
    """Other bytes, another address, no signature."""
    for message in inn.arrived():
        inn.post(message, body=message.heard.body.replace(b"0", b"1"))
        inn.post(message, path=f"/api/v1/paymentcallback/{payment.notify_token}x/")
        inn.post(message, **dict.fromkeys(SIGNATURES, "t=1,v1=forged"))


def _stumble_over(inn: Inn, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker meets an error that shows all that it was about; the traceback goes to the log."""

    def stumble(**arguments: Any) -> None:
        raise RuntimeError(f"unhandled trouble of the test: {arguments!r}")

    inn.deliver()
    with monkeypatch.context() as patched:
        for service in ("apply_snapshot", "refresh_payment"):
            patched.setattr(apply_event, service, stumble)
        inn.work()
    inn.advance(1)


def _in_trouble(inn: Inn, trouble: str) -> Payment:
    inn.till.trouble("create_payment", trouble, executed=trouble == "timeout")
    booking = inn.book()
    with suppress(FreeholdError, ProviderError):
        inn.pay(booking)
    payment = Payment.objects.company(inn.company.pk).get(folio_id=booking.folio_id)
    inn.settle()
    inn.till.trouble("fetch_payment", trouble)
    _ask(payment)
    inn.till.calm()
    return inn.reload(payment)


def _ask(payment: Payment) -> None:
    try:
        refresh_payment(payment_id=payment.pk)
    except (ProviderError, FreeholdError):
        log.exception("asked in vain")


def _pay_out(inn: Inn, provider: PaymentProvider) -> None:
    for amount in (30_000, 99_999_999_00):
        request = PayoutRequest(
            payout_id=str(uuid4()),
            purpose="owner_payout",
            amount=Money(amount, inn.till.currency),
            destination=DESTINATIONS[inn.till.slug],
            description="November",
            notify_url=inn.endpoint_of(inn.accounts[inn.till.slug]),
        )
        try:
            log.info("paid out: %r", provider.payout(request))
        except ProviderError:
            log.exception("not paid out")
    inn.settle()


def _with_wrong_keys(inn: Inn) -> Payment:
    row = inn.accounts[inn.till.slug]
    for secret in GatewaySecret.objects.filter(account=row).exclude(name__contains="webhook"):
        secret.sealed = seal(f"{unseal(secret.sealed)[:8]}{WRONG_KEY}")
        secret.save()
    GatewayAccount.objects.system("test").filter(pk=row.pk).update(revision=row.revision + 1)
    booking = inn.book()
    with suppress(FreeholdError, ProviderError):
        inn.pay(booking)
    payment = Payment.objects.company(inn.company.pk).get(folio_id=booking.folio_id)
    _ask(payment)
    return payment


# --- what is hidden -----------------------------------------------------------------------------------------


def _hidden(inn: Inn, payments: list[Payment]) -> dict[str, set[str]]:
    keys = {field.name for field in inn.till.connector.fields if field.secret}
    given = [value for name, value in inn.till.values().items() if name in keys]
    numbers = [payment.request["payer"].get("phone_e164") or "" for payment in payments]
    numbers += [payment.payer.phone or "" for payment in payments if payment.payer is not None]
    numbers += [PAYER["contact"], f"88{MSISDN}", "254712345678", "8801712345678"]
    return {
        "keys": {each for value in (*given, WRONG_KEY) for each in encodings_of(value)},
        "secrets of browsers": {secret for payment in payments for secret in _client_secrets(payment)},
        "access tokens": {row[0] for row in inn.till.rows(ACCESS_TOKENS.get(inn.till.slug, "SELECT '' WHERE 1 = 0"))},
        "addresses": {*(payment.notify_token for payment in payments), inn.accounts[inn.till.slug].endpoint_token},
        "signatures": {signature for message in (*inn.delivered, *inn.waiting) for signature in _signatures(message)},
        "telephones": {each for number in numbers if number for each in spellings_of(number)},
        "mail": {*(payment.payer.email for payment in payments if payment.payer is not None), PAYER["email"]},
        "cards and wallets": {"4242424242424242", "guest@upi"},
    }


def _client_secrets(payment: Payment) -> list[str]:
    client = payers_action(payment).get("client", {})
    return [value for name, value in client.items() if name.endswith("secret")]


def _signatures(message: Any) -> list[str]:
    headers = [message.heard.headers.get(name, "").rpartition("v1=")[2] for name in SIGNATURES]
    code = parse_qs(urlsplit(message.heard.path).query).get("code", [])
    signed = json.loads(message.heard.body).get("Signature", "") if message.slug == "bkash" else ""
    return [each for each in (*headers, *code, signed) if each]
