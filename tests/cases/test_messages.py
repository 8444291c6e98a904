"""What providers tell: many times, in any order, forged, of objects that nobody knows."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from freehold.core import clock
from freehold.core.events import Event
from freehold.core.models import OutboxMessage
from freehold.domain.payment_states import PaymentState
from freehold.payments.accounts import connected
from freehold.payments.models import Credit, GatewayEvent, Payment
from freehold.payments.services.revisit_parked import PATIENCE, revisit_parked
from freehold.ports.payment_gateway import CreatePayment, PaymentSnapshot
from tests.cases.concerning import every_provider
from tests.cases.views import PRICE, ask, entries, held, objects, opened, pay_unseen, state_of
from tests.simulators.razorpay_process import WEBHOOK_SECRET
from tests.support.duel import duel
from tests.support.gateways.inn import Inn
from tests.support.gateways.till import Message
from tests.support.gateways.tills import StripeTill

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = 10
AT_ONCE = 5


@every_provider
def test_case_1_ten_deliveries_five_at_once_have_one_effect(inn: Inn, letters: list[Event]) -> None:
    booking, payment = opened(inn)
    pay_unseen(inn, payment, "pay")
    messages = inn.arrived()
    for message in messages:
        for _ in range(TIMES // AT_ONCE):
            outcomes = duel(*[lambda message=message: inn.post(message)] * AT_ONCE)
            assert [outcome.value for outcome in outcomes] == [200] * AT_ONCE, outcomes
    assert GatewayEvent.objects.exclude(type="SubscriptionConfirmation").count() == len(messages)
    inn.settle()
    assert state_of(booking) == "confirmed"
    assert entries(booking) == inn.reload(payment).charges.count() == len(letters) == 1
    inn.finish()


def is_about_money(message: Message) -> bool:
    return any(amount in message.heard.body for amount in (b"30000", b"300.0"))


@every_provider
def test_case_2_what_nobody_signed_is_not_kept_and_the_hold_stays(inn: Inn) -> None:
    booking, payment = opened(inn)
    pay_unseen(inn, payment, "pay")
    [message, *_] = filter(is_about_money, inn.arrived())
    body = message.heard.body
    more = body.replace(b"30000", b"90000").replace(b"300.00", b"900.00")
    unsigned = body.replace(b'"Signature"', b'"Unsigned"')
    [name] = [name for name in message.heard.headers if "signature" in name] or [""]
    answers = [inn.post(message, body=more)]
    answers += [inn.post(message, **{name: ""}), inn.post(message, **forged(message, b"a guess"))] if name else []
    answers += [inn.post(message, body=unsigned)] if unsigned != body else []
    assert set(answers) == {400}
    assert not GatewayEvent.objects.exclude(type="SubscriptionConfirmation").exists()
    inn.work()
    assert state_of(booking) == "pending_payment"
    inn.deliver()
    assert inn.waiting == [], "the control: what they lacked was the signature"
    inn.settle()
    assert state_of(booking) == "confirmed"


def forged(message: Message, secret: bytes, body: bytes | None = None) -> dict[str, str]:
    """The headers of somebody who signs with this secret."""
    [name] = [name for name in message.heard.headers if "signature" in name]
    stamp, separator, _ = message.heard.headers[name].partition(",v1=")
    signed = (stamp.removeprefix("t=") + "." if separator else "").encode()
    made = hmac.new(secret, signed + (message.heard.body if body is None else body), hashlib.sha256).hexdigest()
    return {name: f"{stamp},v1={made}" if separator else made}


SECRETS = {"stripe": StripeTill.secret.encode(), "razorpay": WEBHOOK_SECRET.encode()}


@pytest.mark.parametrize("order", ["as it came", "backwards", "from the middle"])
@every_provider
def test_case_6_what_is_told_in_any_order_with_a_question_between_ends_paid(inn: Inn, order: str) -> None:
    booking, payment = opened(inn)
    if inn.till.slug in ("stripe", "razorpay"):
        inn.act(payment, "decline")  # the object takes another try
    pay_unseen(inn, payment, "pay")
    messages = inn.arrived()
    half = len(messages) // 2
    arranged = {
        "as it came": messages,
        "backwards": messages[::-1],
        "from the middle": [*messages[half:], *messages[:half]],
    }[order]
    for number, message in enumerate(arranged):
        inn.deliver([message])
        inn.work()
        if number == half:
            Payment.objects.system("cases").update(next_fetch_at=clock.now())
            inn.reconcile()
    inn.settle()
    assert inn.reload(payment).state == PaymentState.PAID
    assert (state_of(booking), entries(booking), inn.reviews(), unread()) == ("confirmed", 1, [], [])


def unread() -> list[str]:
    """Types of messages of which nobody could make anything."""
    done = (GatewayEvent.State.APPLIED, GatewayEvent.State.IGNORED)
    return list(GatewayEvent.objects.exclude(state__in=done).values_list("type", flat=True))


@every_provider
def test_case_7_a_failure_that_is_told_after_the_money_takes_nothing_back(inn: Inn) -> None:
    booking, payment = opened(inn)
    if inn.till.slug == "bkash":  # it tells merchants of no failure, the payer's browser does
        inn.act(payment, "pay")
        inn.come_back(payment, {"paymentID": payment.object_id, "status": "failure"})
    elif inn.till.slug == "mpesa":
        inn.act(payment, "pay")
        [message] = inn.arrived("stkCallback payment")
        inn.settle()
        said = json.loads(message.heard.body)
        said["Body"]["stkCallback"] |= {"ResultCode": 1032, "ResultDesc": "Request cancelled by user"}
        del said["Body"]["stkCallback"]["CallbackMetadata"]
        assert inn.post(message, body=json.dumps(said).encode()) == 200
    else:
        inn.act(payment, "decline")
        failed = inn.arrived()
        inn.act(payment, "pay")
        paid = [message for message in inn.arrived() if message not in failed]
        inn.deliver(paid)
        inn.work()
        inn.deliver(failed)
    inn.settle()
    assert inn.reload(payment).state == PaymentState.PAID
    assert (state_of(booking), entries(booking), inn.reviews(), unread()) == ("confirmed", 1, [], [])


@every_provider
def test_case_9_a_message_may_be_faster_than_the_answer(inn: Inn, monkeypatch: pytest.MonkeyPatch) -> None:
    """The payer pays, and the worker reads, before the call that made the object has returned."""
    creates = type(connected(inn.accounts[inn.till.slug]))
    original: Callable[..., PaymentSnapshot] = creates.create_payment
    seen: list[str] = []

    def slow(self: Any, req: CreatePayment) -> PaymentSnapshot:
        snapshot = original(self, req)
        if seen:
            return snapshot
        seen.append("")
        payment = Payment.objects.system("cases").get(pk=req.payment_id)
        payment.next_action = {"url": snapshot.next_action.url}
        payment.object_id = snapshot.ref.object_id
        inn.till.act(payment, "pay")
        inn.deliver()
        inn.work()
        payment.refresh_from_db()
        seen.append(payment.state)
        return snapshot

    monkeypatch.setattr(creates, "create_payment", slow)
    booking, payment = opened(inn)
    inn.settle()
    assert seen[1] in (PaymentState.PAID, PaymentState.PROCESSING)
    assert inn.reload(payment).state == PaymentState.PAID
    assert (state_of(booking), entries(booking), objects(inn), inn.reviews()) == ("confirmed", 1, 1, [])


@every_provider
def test_case_10_what_nobody_knows_is_kept_and_a_person_looks(inn: Inn) -> None:
    """A payment that somebody else made at our account."""
    _, payment = opened(inn)
    if inn.till.slug == "bkash":
        inn.till.simulator.control("credit", amount=PRICE, reference="a stranger")
    else:
        pay_unseen(inn, payment, "pay")
        inn.arrived()
        Payment.objects.system("cases").filter(pk=payment.pk).delete()
    told = [message for message in inn.arrived() if message.type != "Result payment-status"]
    path = f"/api/v1/paymentcallback/{inn.accounts['mpesa'].endpoint_token}/" if inn.till.slug == "mpesa" else ""
    assert {inn.post(message, path=path) for message in told} == {200}
    inn.work()
    assert revisit_parked() == GatewayEvent.objects.filter(state="parked").count()
    assert inn.reviews() == []
    clock.move(PATIENCE + timedelta(minutes=1))
    revisit_parked()
    inn.work()
    if inn.till.slug == "bkash":
        assert Credit.objects.get().state == Credit.State.UNMATCHED
    else:
        assert set(inn.reviews()) == {"unknown_object"}
    assert not OutboxMessage.objects.filter(state=OutboxMessage.State.DEAD).exists()
    assert not OutboxMessage.objects.filter(event="GatewayEventStored", state="pending").exists()


@every_provider
def test_case_45_what_is_of_another_mode_or_account_is_refused(inn: Inn) -> None:
    booking, payment = opened(inn)
    pay_unseen(inn, payment, "pay")
    [message, *_] = filter(is_about_money, inn.arrived())
    slug = inn.till.slug
    changes = {"stripe": {"livemode": True}, "razorpay": {"account_id": "acc_OfSomebody001"}}
    foreign = json.dumps(json.loads(message.heard.body) | changes.get(slug, {})).encode()
    if slug == "bkash":
        foreign = message.heard.body.replace(b":bkash-simulator", b":somebody-else")
        assert (foreign != message.heard.body, inn.post(message, body=foreign)) == (True, 400)
    else:
        assert inn.post(message, body=foreign, **forged(message, SECRETS[slug], foreign)) == 400
        own = json.dumps(json.loads(message.heard.body)).encode()
        assert inn.post(message, body=own, **forged(message, SECRETS[slug], own)) == 200, "the control"
    inn.deliver()
    ask(inn, payment)
    assert (state_of(booking), held(inn)) == ("confirmed", PRICE)
