"""M-Pesa pushes over real HTTP: prompts, messages, queries, and everything that may go wrong between them."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from freehold.adapters.payments.mpesa import CONNECTOR
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.ports.payment_gateway import (
    AccountConfig,
    BadSignature,
    Declined,
    Inbound,
    Misconfigured,
    Payer,
    PaymentSnapshot,
    ProviderRef,
    Retryable,
    Unknown,
)
from tests.contract.mpesa_rig import MpesaRig, merged, new_order, new_phone
from tests.simulators.process import eventually

ASKED = Money(750_000, "KES")


@pytest.fixture
def rig(mpesa_wire: MpesaRig) -> MpesaRig:
    return mpesa_wire


@pytest.fixture
def notify_url(rig: MpesaRig) -> str:
    return rig.new_notify_url()


# --- the push -------------------------------------------------------------------------------------------------


def test_a_push_waits_on_the_telephone_that_was_named(rig: MpesaRig, notify_url: str) -> None:
    order = new_order(notify_url)
    created = rig.provider.create_payment(order)
    assert (created.state, created.amount, created.received) == (PaymentState.PENDING, ASKED, Money(0, "KES"))
    assert (created.next_action.kind, created.charges) == ("phone_prompt", ())
    assert created.next_action.poll_after_s
    push = rig.simulator.row("push", id=created.ref.object_id)
    assert (push["amount"], f"+{push['phone']}") == (7_500, order.payer.phone_e164)
    assert (push["reference"], push["description"]) == ("FH7K2Q9M", "Two nights in")
    assert rig.provider.fetch_payment(created.ref).state is PaymentState.PROCESSING


def test_nothing_that_is_kept_or_shown_tells_the_number_or_a_secret(rig: MpesaRig, notify_url: str) -> None:
    order = new_order(notify_url)
    created = rig.provider.create_payment(order)
    rig.simulator.press(created.ref.object_id, "pay")
    event = rig.event(notify_url)
    assert event.hint is not None
    number = str(order.payer.phone_e164)[1:]
    for told in (created.raw, created.next_action.text, event.hint.raw):
        assert number not in json.dumps(told, default=str)
    secrets = (rig.settings.consumer_secret, rig.settings.passkey, rig.settings.initiator_password)
    assert not any(secret in json.dumps([created.ref.extra, created.raw], default=str) for secret in secrets)


def test_a_simulated_telephone_can_be_opened_from_our_page_and_a_real_one_cannot(
    rig: MpesaRig, notify_url: str
) -> None:
    values = {
        "shortcode": rig.settings.shortcode,
        "consumer_key": rig.settings.consumer_key,
        "consumer_secret": rig.settings.consumer_secret,
        "passkey": rig.settings.passkey,
        "initiator": rig.settings.initiator,
        "initiator_password": rig.settings.initiator_password,
    }
    config = AccountConfig("main", livemode=False, values=values, tokens=rig.tokens, base_url=f"{rig.simulator.url}/")
    order = new_order(notify_url)
    created = CONNECTOR.connect(config).create_payment(order)
    number = str(order.payer.phone_e164)[1:]
    assert created.next_action.url == f"{rig.simulator.url}/phone/{number}"
    shown = httpx.get(created.next_action.url, trust_env=False, follow_redirects=True)
    assert "Do you want to pay?" in shown.text
    assert rig.pushed(notify_url).next_action.url is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"shortcode": "12"}, "shortcode"),
        ({"till": "abc"}, "till"),
        ({"passkey": ""}, "passkey"),
        ({"initiator_password": ""}, "initiator_password"),
        ({"certificate": "hello"}, "certificate"),
        ({"allowed_ips": "somewhere"}, "allowed_ips"),
    ],
)
@pytest.mark.parametrize("livemode", [False, True])
def test_a_value_that_describes_no_account_is_named(
    rig: MpesaRig, change: dict[str, str], field: str, livemode: bool
) -> None:
    values = {
        "shortcode": "600638",
        "consumer_key": "key",
        "consumer_secret": "secret",
        "passkey": "passkey",
        "initiator": "operator",
        "initiator_password": "password",
        "certificate": rig.settings.certificate,
    }
    CONNECTOR.connect(AccountConfig("main", livemode=livemode, values=values, tokens=rig.tokens))
    with pytest.raises(ValueError, match=f"^{field}: "):
        CONNECTOR.connect(AccountConfig("main", livemode=livemode, values={**values, **change}, tokens=rig.tokens))


def test_in_live_mode_the_password_is_never_sent_in_the_clear(rig: MpesaRig) -> None:
    with pytest.raises(ValueError, match="certificate"):
        rig.with_settings(certificate="", livemode=True)


@pytest.mark.parametrize("text", ["0712345678", "712345678", "+254 712 345 678", "254712345678", "0112345678"])
def test_numbers_are_understood_however_they_are_written(rig: MpesaRig, notify_url: str, text: str) -> None:
    created = rig.pushed(notify_url, payer=Payer(phone_e164=text))
    assert rig.simulator.row("push", id=created.ref.object_id)["phone"].endswith("12345678")
    rig.simulator.press(created.ref.object_id, "cancel")


@pytest.mark.parametrize(
    ("text", "code"), [(None, "phone_needed"), ("  ", "phone_needed"), ("+1 617 555 0123", "phone_not_supported")]
)
def test_a_payment_without_a_kenyan_number_asks_for_one(
    rig: MpesaRig, notify_url: str, text: str | None, code: str
) -> None:
    with pytest.raises(Declined) as caught:
        rig.pushed(notify_url, payer=Payer(phone_e164=text))
    assert caught.value.code == code


@pytest.mark.parametrize("amount", [Money(1_050, "KES"), Money(0, "KES"), Money(100, "USD")])
def test_case_41_shillings_are_whole_and_the_only_currency(rig: MpesaRig, notify_url: str, amount: Money) -> None:
    with pytest.raises(Misconfigured):
        rig.pushed(notify_url, amount=amount)
    assert rig.provider.caps.step_minor["KES"] == 100
    assert rig.provider.caps.currencies == {"KES"}


# --- paying ---------------------------------------------------------------------------------------------------


def test_the_message_is_only_a_reason_to_ask_and_brings_the_receipt(rig: MpesaRig, notify_url: str) -> None:
    order = new_order(notify_url)
    created = rig.provider.create_payment(order)
    rig.simulator.press(created.ref.object_id, "pay")
    event = rig.event(notify_url)
    assert (event.subject, event.object_id, event.our_id) == ("payment", created.ref.object_id, order.payment_id)
    assert not event.trusted
    assert isinstance(event.hint, PaymentSnapshot)
    assert event.hint.state is not PaymentState.PAID
    paid = rig.provider.fetch_payment(merged(created.ref, event.hint))
    receipt = rig.simulator.row("movement", conversation=created.ref.extra["conversation"])["receipt"]
    assert (paid.state, paid.received, paid.amount) == (PaymentState.PAID, ASKED, ASKED)
    assert [(charge.charge_id, charge.received) for charge in paid.charges] == [(receipt, ASKED)]
    assert paid.ref.charge_id == receipt
    assert rig.provider.fetch_payment(paid.ref) == replace(paid, raw={})


def test_the_answer_to_a_message_is_what_m_pesa_wants_to_hear(rig: MpesaRig, notify_url: str) -> None:
    rig.simulator.press(rig.pushed(notify_url).ref.object_id, "pay")
    ack = rig.provider.parse_inbound(rig.arrived(notify_url)[0]).ack
    assert (ack.status, json.loads(ack.body)) == (200, {"ResultCode": 0, "ResultDesc": "Accepted"})


def test_the_same_message_has_the_same_key(rig: MpesaRig, notify_url: str) -> None:
    rig.simulator.press(rig.pushed(notify_url).ref.object_id, "duplicate_webhook")
    assert len({rig.provider.parse_inbound(one).events[0].dedupe_key for one in rig.arrived(notify_url, 3)}) == 1


@pytest.mark.parametrize(
    ("deed", "state", "code"),
    [
        ("cancel", PaymentState.CANCELLED, "1032"),
        ("no_answer", PaymentState.EXPIRED, "1037"),
        ("decline", PaymentState.FAILED, "1"),
        ("wrong_pin", PaymentState.FAILED, "2001"),
        ("locked", PaymentState.FAILED, "1001"),
    ],
)
def test_case_34_what_the_payer_does_not_do_ends_the_push(
    rig: MpesaRig, notify_url: str, deed: str, state: PaymentState, code: str
) -> None:
    phone = new_phone()
    created = rig.pushed(notify_url, payer=Payer(phone_e164=phone))
    rig.simulator.press(created.ref.object_id, deed)
    event = rig.event(notify_url)
    for seen in (rig.provider.fetch_payment(created.ref), rig.provider.fetch_payment(merged(created.ref, event.hint))):
        assert (seen.state, seen.error_code, seen.error_kind) == (state, code, "payer")
        assert (seen.charges, seen.received) == ((), Money(0, "KES"))
    again = rig.pushed(notify_url, attempt=2, payer=Payer(phone_e164=phone))
    assert again.state is PaymentState.PENDING, "another attempt is possible at once"


def test_case_34_a_prompt_that_nobody_answers_lapses(rig: MpesaRig, notify_url: str) -> None:
    created = rig.pushed(notify_url)
    rig.simulator.control("clock", advance_s=61)
    try:
        assert eventually(lambda: rig.provider.fetch_payment(created.ref).state is PaymentState.EXPIRED)
    finally:
        rig.simulator.control("clock", offset_s=0)


def test_case_35_a_payment_whose_message_was_lost_completes_by_asking(rig: MpesaRig, notify_url: str) -> None:
    order = new_order(notify_url)
    created = rig.provider.create_payment(order)
    assert rig.provider.fetch_payment(created.ref).state is PaymentState.PROCESSING
    rig.simulator.press(created.ref.object_id, "lost_webhook")
    asked = rig.provider.fetch_payment(created.ref)
    assert (asked.state, asked.charges) == (PaymentState.PROCESSING, ()), "paid, and the receipt is being asked for"
    assert rig.provider.fetch_payment(asked.ref).state is PaymentState.PROCESSING
    questions = [json.loads(row["body"]) for row in rig.simulator.rows("request", kind="status")]
    ours = [body for body in questions if body["ResultURL"].startswith(notify_url)]
    assert len(ours) == 1, "a page that asks every few seconds does not ask M-Pesa each time"
    event = rig.event(notify_url)
    assert (event.trusted, event.subject, event.our_id) == (True, "payment", order.payment_id)
    assert event.object_id == created.ref.object_id
    assert isinstance(event.hint, PaymentSnapshot)
    receipt = rig.simulator.row("movement", conversation=created.ref.extra["conversation"])["receipt"]
    assert (event.hint.state, event.hint.received) == (PaymentState.PAID, ASKED)
    assert event.hint.ref.charge_id == event.hint.charges[0].charge_id == receipt
    stored = ProviderRef(created.ref.object_id, receipt, {**created.ref.extra, **event.hint.ref.extra})
    assert rig.provider.fetch_payment(stored).state is PaymentState.PAID


def test_a_stored_answer_says_the_same_when_it_is_read_again(rig: MpesaRig, notify_url: str) -> None:
    created = rig.pushed(notify_url)
    rig.simulator.press(created.ref.object_id, "lost_webhook")
    rig.provider.fetch_payment(created.ref)
    (inbound,) = rig.arrived(notify_url)
    stored = replace(inbound, remote_ip="", token_ok=False, headers={})
    strict = rig.with_settings(allowed_ips=frozenset({"127.0.0.1"}))
    assert strict.parse_inbound(stored) == strict.parse_inbound(inbound)


# --- forgeries ------------------------------------------------------------------------------------------------


def forged(notify_url: str, body: object, **query: str) -> Inbound:
    return Inbound(
        method="POST",
        path=notify_url,
        query=query,
        headers={},
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        remote_ip="127.0.0.1",
        token_ok=True,
        received_at=datetime.now(UTC),
    )


def success(object_id: str, amount: float = 7500.0, receipt: str = "SFAKE00001") -> dict[str, Any]:
    items: list[dict[str, Any]] = [
        {"Name": "Amount", "Value": amount},
        {"Name": "MpesaReceiptNumber", "Value": receipt},
        {"Name": "Balance"},
        {"Name": "TransactionDate", "Value": 20261120150042},
        {"Name": "PhoneNumber", "Value": 254799999999},
    ]
    callback = {
        "MerchantRequestID": "1-2-1",
        "CheckoutRequestID": object_id,
        "ResultCode": "0",
        "ResultDesc": "ok",
        "CallbackMetadata": {"Item": items},
    }
    return {"Body": {"stkCallback": callback}}


def test_case_36_a_forged_success_of_a_waiting_push_changes_nothing(rig: MpesaRig, notify_url: str) -> None:
    created = rig.pushed(notify_url)
    (event,) = rig.provider.parse_inbound(forged(notify_url, success(created.ref.object_id))).events
    assert not event.trusted
    seen = rig.provider.fetch_payment(merged(created.ref, event.hint))
    assert (seen.state, seen.charges) == (PaymentState.PROCESSING, ())


def test_case_36_a_message_about_a_push_that_nobody_made_is_asked_about_in_vain(rig: MpesaRig, notify_url: str) -> None:
    (event,) = rig.provider.parse_inbound(forged(notify_url, success("ws_CO_20112026150001"))).events
    assert (event.trusted, event.our_id) == (False, None)
    with pytest.raises(Misconfigured):
        rig.provider.fetch_payment(ProviderRef("ws_CO_20112026150001"))


def test_case_36_another_amount_is_settled_by_m_pesas_own_books(rig: MpesaRig, notify_url: str) -> None:
    created = rig.pushed(notify_url)
    rig.simulator.press(created.ref.object_id, "wrong_amount")
    seen = rig.provider.fetch_payment(merged(created.ref, rig.event(notify_url).hint))
    assert (seen.state, seen.charges) == (PaymentState.PROCESSING, ()), "a told amount that is not ours counts nothing"
    answer = rig.event(notify_url, 2)
    assert isinstance(answer.hint, PaymentSnapshot)
    assert (answer.trusted, answer.hint.state, answer.hint.received) == (True, PaymentState.PAID, ASKED)


def test_case_36_an_underpayment_is_reported_as_it_is(rig: MpesaRig, notify_url: str) -> None:
    created = rig.pushed(notify_url)
    rig.simulator.press(created.ref.object_id, "lost_webhook")
    rig.provider.fetch_payment(created.ref)
    (inbound,) = rig.arrived(notify_url)
    less = inbound.body.replace(b'"Key":"Amount","Value":7500.0', b'"Key":"Amount","Value":7499.0')
    (event,) = rig.provider.parse_inbound(replace(inbound, body=less)).events
    assert isinstance(event.hint, PaymentSnapshot)
    assert (event.hint.amount, event.hint.received) == (ASKED, Money(749_900, "KES"))


def test_case_36_what_is_told_never_takes_the_place_of_what_is_known(rig: MpesaRig, notify_url: str) -> None:
    created = rig.pushed(notify_url)
    rig.simulator.press(created.ref.object_id, "lost_webhook")
    body = success(created.ref.object_id, receipt="SFAKE00002")
    (event,) = rig.provider.parse_inbound(forged(notify_url, body)).events
    paid = rig.provider.fetch_payment(merged(created.ref, event.hint))
    assert paid.ref.extra["phone"] == created.ref.extra["phone"], "refunds go to the telephone that was pushed to"
    assert paid.ref.extra["conversation"] == created.ref.extra["conversation"]


@pytest.mark.parametrize("change", ["code", "object", "id", "asked", "about"])
def test_case_36_an_answer_at_an_address_that_we_did_not_give_out_is_no_fact(
    rig: MpesaRig, notify_url: str, change: str
) -> None:
    created = rig.pushed(notify_url)
    rig.simulator.press(created.ref.object_id, "lost_webhook")
    rig.provider.fetch_payment(created.ref)
    (inbound,) = rig.arrived(notify_url)
    changed = {"about": "payout-status"}.get(change, "x" + inbound.query[change])
    (event,) = rig.provider.parse_inbound(replace(inbound, query={**inbound.query, change: changed})).events
    assert (event.trusted, event.hint) == (False, None)


def test_case_36_a_sender_outside_of_the_list_is_refused(rig: MpesaRig, notify_url: str) -> None:
    strict = rig.with_settings(allowed_ips=frozenset({"196.201.214.200"}))
    with pytest.raises(BadSignature):
        strict.parse_inbound(forged(notify_url, success("ws_CO_1")))
    assert strict.parse_inbound(replace(forged(notify_url, success("ws_CO_1")), remote_ip="196.201.214.200")).events


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"Body":5}',
        b'{"Body":{"stkCallback":{"CheckoutRequestID":{}}}}',
        b'{"Body":{"stkCallback":{"CheckoutRequestID":"a","ResultCode":0,"CallbackMetadata":{"Item":"x"}}}}',
        b'{"Result":{"ResultCode":[],"ResultParameters":{"ResultParameter":[1,2,null]}}}',
        b'{"TransID":"A","TransAmount":"lots"}',
        b'{"TransID":"A","TransAmount":1e99999999}',
        b'{"TransID":"A","TransAmount":NaN}',
        b'{"Body":{"stkCallback":{"CheckoutRequestID":"%s","ResultCode":0}}}' % (b"a" * 10_000),
        b'{"Result":{"ResultCode":"%s","OriginatorConversationID":"%s"}}' % (b"9" * 5_000, b"c" * 5_000),
        b"[" * 100_000,
    ],
)
def test_nonsense_is_kept_and_answered(rig: MpesaRig, notify_url: str, body: bytes) -> None:
    parsed = rig.provider.parse_inbound(forged(notify_url, body))
    assert [event.trusted for event in parsed.events] == [False]
    assert parsed.ack.status == 200
    (event,) = parsed.events
    assert len(event.dedupe_key) <= 200, "as long as what it is kept in"
    assert len(event.object_id or "") <= 120


def test_what_a_database_does_not_take_is_not_handed_on(rig: MpesaRig, notify_url: str) -> None:
    nasty = success("ws_\x00CO\ud800_1", receipt="S\x00\ud800")
    nasty["Body"]["stkCallback"]["Surprise\x00"] = ["\x00", {"a": 1.5}]
    (event,) = rig.provider.parse_inbound(forged(notify_url, nasty)).events
    assert isinstance(event.hint, PaymentSnapshot)
    kept = json.dumps([event.dedupe_key, event.object_id, event.type, event.hint.ref.extra, event.hint.raw])
    assert "\\u0000" not in kept
    assert "\\ud800" not in kept


# --- trouble --------------------------------------------------------------------------------------------------


def pushes_to(rig: MpesaRig, phone: str) -> list[dict[str, Any]]:
    return rig.simulator.rows("push", phone=phone.lstrip("+"))


def test_case_15_create_times_out_and_the_provider_did_create(rig: MpesaRig, notify_url: str) -> None:
    phone = new_phone()
    order = new_order(notify_url, payer=Payer(phone_e164=phone))
    rig.simulator.fault("push", "timeout", executed=True)
    with pytest.raises(Unknown):
        rig.impatient().create_payment(order)
    (push,) = pushes_to(rig, phone)
    with pytest.raises(Retryable) as caught:
        rig.provider.create_payment(order)
    assert caught.value.code == "subscriber_busy", "while the prompt lives there is no second one"
    rig.simulator.press(push["id"], "pay")
    event = rig.event(notify_url)
    assert (event.our_id, event.object_id) == (order.payment_id, push["id"]), "the message names what create could not"
    paid = rig.provider.fetch_payment(merged(ProviderRef(""), event.hint))
    assert (paid.state, paid.received, paid.ref.object_id) == (PaymentState.PAID, ASKED, push["id"])
    assert len(pushes_to(rig, phone)) == 1
    assert not rig.provider.caps.idempotent_create
    assert rig.provider.caps.create_again_after_s >= 60, "longer than a prompt lives"


def test_case_16_create_times_out_and_the_provider_did_not(rig: MpesaRig, notify_url: str) -> None:
    phone = new_phone()
    order = new_order(notify_url, payer=Payer(phone_e164=phone))
    rig.simulator.fault("push", "timeout", executed=False)
    with pytest.raises(Unknown):
        rig.impatient().create_payment(order)
    assert pushes_to(rig, phone) == []
    assert rig.provider.create_payment(order).state is PaymentState.PENDING
    assert len(pushes_to(rig, phone)) == 1


@pytest.mark.parametrize("executed", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", ["error_500", "html", "empty"])
def test_case_17_a_push_without_a_usable_answer_is_unknown(
    rig: MpesaRig, notify_url: str, kind: str, executed: bool
) -> None:
    rig.simulator.fault("push", kind, executed=executed)
    with pytest.raises(Unknown):
        rig.pushed(notify_url)


@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty", "rate_limited"])
def test_case_17_a_question_without_a_usable_answer_may_be_asked_again(
    rig: MpesaRig, notify_url: str, kind: str
) -> None:
    created = rig.pushed(notify_url)
    rig.simulator.fault("push_query", kind)
    with pytest.raises(Retryable):
        rig.impatient().fetch_payment(created.ref)
    assert rig.provider.fetch_payment(created.ref).state is PaymentState.PROCESSING


def test_an_unreachable_m_pesa_executed_nothing(rig: MpesaRig, notify_url: str) -> None:
    with pytest.raises(Retryable):
        rig.unreachable().create_payment(new_order(notify_url))


def test_a_spike_arrest_executed_nothing(rig: MpesaRig, notify_url: str) -> None:
    rig.simulator.fault("push", "rate_limited")
    order = new_order(notify_url)
    with pytest.raises(Retryable):
        rig.provider.create_payment(order)
    assert rig.provider.create_payment(order).state is PaymentState.PENDING


@pytest.mark.parametrize("change", [{"passkey": "wrong"}, {"shortcode": "999999"}])
def test_wrong_keys_need_a_person(rig: MpesaRig, notify_url: str, change: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        rig.with_settings(**change).create_payment(new_order(notify_url))


def test_a_wrong_consumer_key_needs_a_person(rig: MpesaRig, notify_url: str) -> None:
    with pytest.raises(Misconfigured):
        rig.with_settings(consumer_key="wrong").create_payment(new_order(notify_url))


def test_who_knows_the_key_and_not_its_secret_is_lent_no_token_of_another(rig: MpesaRig, notify_url: str) -> None:
    rig.pushed(notify_url)  # its token is there to be shared
    stranger = rig.with_settings(account="another", consumer_secret="guessed")
    with pytest.raises(Misconfigured):
        stranger.create_payment(new_order(notify_url))
    with pytest.raises(Misconfigured):
        rig.with_settings(consumer_secret="guessed").create_payment(new_order(notify_url))


@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty", "rate_limited"])
def test_without_a_token_nothing_was_executed(rig: MpesaRig, notify_url: str, kind: str) -> None:
    rig.simulator.fault("token", kind)
    with pytest.raises(Retryable):
        rig.impatient().create_payment(new_order(notify_url))


def test_one_token_serves_many_calls_and_a_refused_one_is_renewed(rig: MpesaRig, notify_url: str) -> None:
    created = rig.pushed(notify_url)
    rig.provider.fetch_payment(created.ref)
    assert rig.tokens.renewals == 1
    rig.simulator.control("clock", advance_s=3_600)
    try:
        rig.provider.fetch_payment(created.ref)
    finally:
        rig.simulator.control("clock", offset_s=0)
    assert rig.tokens.renewals == 2
