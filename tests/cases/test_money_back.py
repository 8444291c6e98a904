"""Refunds that are too many, that time out, that a worker dies of; amounts and books that do not agree."""

import json
from datetime import timedelta
from typing import Any

import pytest

from freehold.core import clock
from freehold.core.errors import Conflict
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.payments.accounts import connected
from freehold.payments.models import GatewayEvent, Refund
from freehold.payments.services.apply_event import apply_event
from freehold.payments.services.compare_ledgers import compare_ledgers
from freehold.payments.services.execute_refund import execute_refund
from freehold.ports.payment_gateway import ProviderError
from tests.cases.concerning import every_provider, providers
from tests.cases.test_messages import SECRETS, forged
from tests.cases.views import PRICE, ask, entries, held, opened, pay_unseen, state_of
from tests.support.accident import survives
from tests.support.duel import duel
from tests.support.gateways.fixtures import OpenInn
from tests.support.gateways.inn import Inn

pytestmark = pytest.mark.django_db(transaction=True)

PART = 20_000


@every_provider
def test_case_21_of_two_refunds_at_once_that_are_too_much_one_is_refused(inn: Inn) -> None:
    payment = inn.paid()
    outcomes = duel(*[lambda key=key: inn.refund(payment, PART, key=key) for key in ("one", "two")])
    [loser] = [outcome.error for outcome in outcomes if not outcome.won]
    assert isinstance(loser, Conflict)
    with pytest.raises(Conflict):
        inn.refund(payment, PRICE - PART + 100, key="three")
    inn.settle()
    assert held(inn) == PRICE - PART
    assert Refund.objects.system("cases").get().state == RefundState.SUCCEEDED


@pytest.mark.parametrize("executed", [True, False], ids=["executed", "not executed"])
@every_provider
def test_case_22_a_refund_that_hangs_is_made_once(hasty: Inn, executed: bool) -> None:
    inn = hasty
    payment = inn.paid()
    refund = inn.refund(payment, PART)
    part = "refund_part" if "refund_part" in inn.till.operations else "refund"
    inn.trouble(part, "timeout", executed=executed)
    if inn.till.slug == "bkash":
        inn.trouble("fetch_refund", "error_500")
    with pytest.raises(ProviderError):
        execute_refund(refund_id=refund.pk)
    assert inn.reload(refund).state == RefundState.UNKNOWN
    inn.till.wait_until_quiet()
    assert held(inn) == (PRICE - PART if executed else PRICE)
    ask(inn, refund)
    inn.settle()
    assert inn.reload(refund).state == RefundState.SUCCEEDED
    assert held(inn) == PRICE - PART


@providers("razorpay", "bkash", "mpesa")
def test_case_18_less_than_was_asked_confirms_nothing(inn: Inn) -> None:
    booking, payment = opened(inn)
    if inn.till.slug == "mpesa":  # only its message can be wrong, and its books are asked
        inn.act(payment, "wrong_amount")
        ask(inn, payment)
        assert (state_of(booking), payment.received_minor, held(inn)) == ("confirmed", PRICE, PRICE)
        return
    pay_unseen(inn, payment, "wrong_amount")
    ask(inn, payment)
    assert (state_of(booking), entries(booking), inn.reviews()) == ("pending_payment", 0, ["amount_mismatch"])
    assert held(inn) == payment.received_minor == PRICE - PRICE // 10


@pytest.mark.parametrize(
    "said",
    [{"amount_received": PRICE - 100}, {"currency": "eur"}, {"amount": 2 * PRICE, "amount_received": 2 * PRICE}],
    ids=["less", "another currency", "another price"],
)
@providers("stripe")
def test_case_18_a_signed_message_of_another_amount_confirms_nothing(
    open_inn: OpenInn, provider: str, said: dict[str, Any]
) -> None:
    """Stripe's page takes what was asked, and of a page every message is asked about: an intent could say otherwise."""
    inn = open_inn(f"{provider}_intent")
    booking, payment = opened(inn)
    inn.act(payment, "pay")
    [message] = inn.arrived("payment_intent.succeeded")
    event = json.loads(message.heard.body)
    event["data"]["object"] |= said
    body = json.dumps(event).encode()
    assert inn.post(message, body=body, **forged(message, SECRETS["stripe"], body)) == 200
    inn.work()
    assert (state_of(booking), inn.reviews()) == ("pending_payment", ["amount_mismatch"])


@every_provider
def test_case_47_what_only_the_providers_books_have_is_a_line_for_a_person(inn: Inn) -> None:
    known = inn.paid()
    booking, payment = opened(inn)
    pay_unseen(inn, payment)
    row = inn.accounts[inn.till.slug]
    now = clock.now()
    window = {"since": now - timedelta(hours=1), "until": now + timedelta(hours=1)}
    [drift] = compare_ledgers(gateway=connected(row), company_id=inn.company.pk, **window)
    assert (drift.kind, drift.ours, drift.theirs is not None and drift.theirs.minor) == ("payment", None, PRICE)
    assert drift.provider_id != known.charge_id
    assert inn.reviews() == ["drift"]
    assert (inn.reload(payment).state, state_of(booking)) == (PaymentState.PENDING, "pending_payment")


@every_provider
def test_case_43_a_worker_that_dies_anywhere_is_followed_by_one_that_ends_in_the_same_place(inn: Inn) -> None:
    booking, payment = opened(inn)
    pay_unseen(inn, payment, "pay")
    inn.deliver()
    events = list(GatewayEvent.objects.order_by("created_at").values_list("pk", flat=True))

    def read() -> None:
        for event_id in events:
            apply_event(event_id=event_id)

    boundary = 1
    while not survives(read, boundary=boundary):
        boundary += 1
    assert boundary > 2
    ask(inn, payment)
    assert (state_of(booking), entries(booking), held(inn)) == ("confirmed", 1, PRICE)

    refund = inn.refund(payment, PART)
    boundary = 1
    while not survives(lambda: execute_refund(refund_id=refund.pk), boundary=boundary):
        boundary += 1
    assert boundary > 4
    ask(inn, refund)
    inn.settle()
    assert (inn.reload(refund).state, held(inn)) == (RefundState.SUCCEEDED, PRICE - PART)
