"""Bank transfer: words for the payer, and no knowledge of its own. Nothing here needs a network or a database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from freehold.adapters.payments.bank_transfer import CONNECTOR
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.ports.payment_gateway import (
    AccountConfig,
    BadSignature,
    CreatePayment,
    Declined,
    Inbound,
    Misconfigured,
    Payer,
    PaymentProvider,
    RefundRequest,
)
from tests.contract.no_tokens import NO_TOKENS

VALUES = {
    "account_holder": "Beacon Hill Stays",
    "bank_name": "Commerzbank",
    "iban": "de89370400440532013000",
    "bic": "COBADEFFXXX",
    "note": "Transfers take one or two days.",
}


def connected(**changes: str) -> PaymentProvider:
    values = {**VALUES, **changes}
    return CONNECTOR.connect(AccountConfig(account="house", livemode=True, values=values, tokens=NO_TOKENS))


def order(**changes: Any) -> CreatePayment:
    values: dict[str, Any] = {
        "payment_id": str(uuid4()),
        "attempt": 1,
        "reference": "FH-7K2Q9M",
        "amount": Money(54_000, "USD"),
        "description": "Two nights in Back Bay",
        "payer": Payer(name="Ada Guest"),
        "return_url": "http://127.0.0.1:9/back",
        "notify_url": "http://127.0.0.1:9/hook",
        "expires_at": datetime.now(UTC) + timedelta(days=3),
        **changes,
    }
    return CreatePayment(**values)


def test_the_payer_reads_where_to_send_what_and_which_reference_to_write() -> None:
    created = connected().create_payment(order(amount=Money(54_000, "EUR")))
    assert created.state is PaymentState.PENDING
    assert created.next_action.kind == "instructions"
    assert created.next_action.text is not None
    assert created.next_action.text.splitlines() == [
        "Account holder: Beacon Hill Stays",
        "Bank: Commerzbank",
        "IBAN: DE89 3704 0044 0532 0130 00",
        "BIC: COBADEFFXXX",
        "Amount: 540.00 EUR",
        "Reference: FH-7K2Q9M",
        "Note: Transfers take one or two days.",
    ]
    assert created.next_action.client["iban"] == "DE89 3704 0044 0532 0130 00"


def test_the_same_attempt_is_one_object_and_another_is_another() -> None:
    provider = connected()
    first = order()
    again = provider.create_payment(first).ref
    assert provider.create_payment(first).ref == again
    assert provider.create_payment(order(payment_id=first.payment_id, attempt=2)).ref != again


def test_asking_tells_nothing_that_could_unpay_what_a_person_recorded() -> None:
    provider = connected()
    created = provider.create_payment(order())
    fetched = provider.fetch_payment(created.ref)
    assert (fetched.state, fetched.received, fetched.charges) == (PaymentState.PENDING, None, ())
    assert provider.caps.fetch is False


def test_money_goes_back_by_hand() -> None:
    provider = connected()
    created = provider.create_payment(order())
    assert provider.caps.refund_by_hand
    with pytest.raises(Declined) as refused:
        provider.refund(RefundRequest("refund-1", created.ref, Money(100, "USD"), "cancelled by guest"))
    assert refused.value.code == "by_hand"


def test_no_message_is_believed() -> None:
    request = Inbound("POST", "/", {}, {}, b"{}", "127.0.0.1", token_ok=True, received_at=datetime.now(UTC))
    with pytest.raises(BadSignature):
        connected().parse_inbound(request)


def test_an_account_of_one_currency_takes_no_other() -> None:
    provider = connected(currencies="eur, gbp")
    assert provider.caps.currencies == {"EUR", "GBP"}
    with pytest.raises(Misconfigured):
        provider.create_payment(order(amount=Money(1_000, "USD")))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account_holder", ""),
        ("iban", "DE89370400440532013001"),
        ("iban", ""),
        ("bic", "COBA"),
        ("paybill", "12a"),
        ("currencies", "EUR, XXY"),
        ("note", "x" * 201),
    ],
)
def test_a_bad_value_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}:"):
        connected(**{name: value})


def test_a_paybill_is_enough() -> None:
    created = connected(iban="", bic="", bank_name="", paybill="600638").create_payment(order())
    assert created.next_action.text is not None
    assert "Paybill: 600638" in created.next_action.text
