"""What bKash sends through Amazon's service: believed when it is signed and ours, and never asked where it points."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from freehold.adapters.payments.bkash import BkashProvider, BkashSettings, sns
from freehold.domain.money import Money
from freehold.ports.credit_notice import CreditNotice
from freehold.ports.payment_gateway import BadSignature, Inbound, ProviderEvent, Retryable, WrongAccount
from tests.contract.bkash_rig import BkashRig
from tests.contract.provider_rig import as_inbound, new_order
from tests.simulators.bkash_process import APP_KEY, APP_SECRET, PASSWORD, TOPIC, USERNAME
from tests.support.memory_tokens import MemoryTokens

AMAZON = "https://sns.ap-southeast-1.amazonaws.com"
CERTIFICATE = f"{AMAZON}/SimpleNotificationService-1.pem"
SUBSCRIBE = f"{AMAZON}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t"
SIGNED = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


@pytest.fixture
def rig(bkash_rig: BkashRig) -> BkashRig:
    return bkash_rig


def events(rig: BkashRig, address: str, count: int = 1) -> list[ProviderEvent]:
    return [event for one in rig.arrived(address, count) for event in rig.provider.parse_inbound(one).events]


# --- over real HTTP -----------------------------------------------------------------------------------------


def test_a_subscription_is_confirmed_and_kept(rig: BkashRig) -> None:
    address = rig.listener.new_address()
    rig.simulator.control("subscribe", url=address)
    (request,) = rig.listener.wait(address)
    assert not rig.simulator.rows("setting", name="confirmed", value="yes")

    (event,) = rig.provider.parse_inbound(as_inbound(request)).events

    assert rig.simulator.rows("setting", name="confirmed", value="yes")
    assert (event.subject, event.type, event.trusted) == ("other", "SubscriptionConfirmation", True)


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_notice_of_our_payment_is_a_signed_reason_to_ask(rig: BkashRig, version: str) -> None:
    address = rig.new_notify_url()
    rig.simulator.control("signature_version", version=version)
    order = new_order("", amount=Money(54_000, "BDT"))
    rig.act(rig.provider.create_payment(order), "pay")
    (event,) = events(rig, address)
    rig.simulator.control("signature_version", version="1")

    assert (event.subject, event.our_id, event.object_id, event.hint) == ("payment", order.payment_id, None, None)
    assert event.trusted
    assert event.type == "ipn.10002294"
    assert event.occurred_at is not None
    assert abs(event.occurred_at - datetime.now(UTC)) < timedelta(minutes=5)


def test_money_of_another_channel_is_a_credit(rig: BkashRig) -> None:
    address = rig.new_notify_url()
    trx_id = rig.simulator.control("credit", amount=120_050, reference="fh 7k2q9m", channel="qr")["trxID"]
    (event,) = events(rig, address)

    assert (event.subject, event.object_id, event.our_id, event.trusted) == ("credit", trx_id, None, True)
    assert isinstance(event.hint, CreditNotice)
    assert (event.hint.external_id, event.hint.amount) == (trx_id, Money(120_050, "BDT"))
    assert event.hint.account == "house"
    assert "fh 7k2q9m" in event.hint.reference


def test_the_same_notice_has_one_key_however_often_it_comes(rig: BkashRig) -> None:
    address = rig.new_notify_url()
    rig.simulator.control("credit", amount=100)
    rig.arrived(address)
    notice = rig.simulator.rows("event", type="Notification")[-1]["id"]
    rig.simulator.control("resend", event=notice)

    assert [event.dedupe_key for event in events(rig, address, 2)] == [notice, notice]


def test_the_browser_that_comes_back_is_no_message(rig: BkashRig) -> None:
    query = {"paymentID": "TR0011FH", "status": "success"}
    with pytest.raises(BadSignature):
        rig.provider.parse_inbound(replace(inbound({}), method="GET", query=query, body=b""))


# --- what is believed, with certificates brought by hand ----------------------------------------------------


class Amazon:
    """Hands out one certificate, and notes every address that anybody asks for."""

    def __init__(self, certificate: bytes) -> None:
        self.certificate, self.asked = certificate, []

    def get(self, url: str, **_: Any) -> Any:
        self.asked.append(url)
        return httpx.Response(200, content=self.certificate)


@pytest.fixture
def signed(rig: BkashRig, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Messages that Amazon would have signed. `amazon.asked` lists the requests that were made."""
    folder = rig.simulator.home / "bkash"
    key = load_pem_private_key((folder / "sns.key").read_bytes(), None)
    amazon = Amazon((folder / "sns.pem").read_bytes())
    monkeypatch.setattr(sns.httpx, "get", amazon.get)
    sns._certificate.cache_clear()

    def sign(*, tampered: dict[str, Any] | None = None, **changes: Any) -> Inbound:
        message = {**notification(), **changes}
        text = "".join(f"{name}\n{message[name]}\n" for name in SIGNED if message.get(name) is not None)
        algorithm = SHA256() if message["SignatureVersion"] == "2" else SHA1()
        message["Signature"] = base64.b64encode(key.sign(text.encode(), PKCS1v15(), algorithm)).decode()  # type: ignore
        return inbound({**message, **(tampered or {})})

    sign.amazon = amazon  # type: ignore[attr-defined]
    yield sign
    sns._certificate.cache_clear()


def notification() -> dict[str, Any]:
    body = {"trxID": "AKL9FH01XQ", "transactionStatus": "Completed", "amount": "7500", "currency": "BDT"}
    return {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": json.dumps({**body, "dateTime": "20261120120310", "transactionType": "10002294"}),
        "Timestamp": "2026-11-20T06:03:11.000Z",
        "SignatureVersion": "1",
        "SigningCertURL": CERTIFICATE,
    }


def inbound(message: dict[str, Any]) -> Inbound:
    return Inbound(
        method="POST",
        path="/hooks/1",
        query={},
        headers={"content-type": "text/plain; charset=UTF-8"},
        body=json.dumps(message).encode(),
        remote_ip="127.0.0.1",
        token_ok=True,
        received_at=datetime.now(UTC),
    )


@pytest.fixture
def merchant() -> BkashProvider:
    """An account in earnest: no simulator's certificates."""
    settings = BkashSettings(
        origin="http://127.0.0.1:9",
        username=USERNAME,
        password=PASSWORD,
        app_key=APP_KEY,
        app_secret=APP_SECRET,
        account="house",
        livemode=True,
        topics=(TOPIC,),
    )
    return BkashProvider(settings, MemoryTokens())


def test_a_message_of_amazon_is_read_and_its_certificate_fetched_once(merchant: BkashProvider, signed: Any) -> None:
    for request in (signed(), signed(SignatureVersion="2"), signed(Subject="Payment")):
        (event,) = merchant.parse_inbound(request).events
        assert (event.subject, event.object_id, event.trusted) == ("credit", "AKL9FH01XQ", True)

    assert signed.amazon.asked == [CERTIFICATE]


def test_a_confirmation_asks_amazon_and_nobody_else(merchant: BkashProvider, signed: Any) -> None:
    merchant.parse_inbound(signed(Type="SubscriptionConfirmation", Token="t", SubscribeURL=SUBSCRIBE))

    assert signed.amazon.asked == [CERTIFICATE, SUBSCRIBE]


FOREIGN = [
    "http://sns.ap-southeast-1.amazonaws.com/a.pem",
    "https://sns.ap-southeast-1.amazonaws.com.evil.test/a.pem",
    "https://evil.test/sns.ap-southeast-1.amazonaws.com/a.pem",
    "https://sns.ap-southeast-1.amazonaws.com@evil.test/a.pem",
    "https://sns.ap-southeast-1.amazonaws.com:8443/a.pem",
    "https://evil-sns.amazonaws.com/a.pem",
    "https://s3.amazonaws.com/a.pem",
    "https://sns.ap-southeast-1.amazonaws.com\\@evil.test/a.pem",
    "https://[::1/a.pem",
    "file:///etc/passwd.pem",
    "",
]


@pytest.mark.parametrize("url", [*FOREIGN, f"{AMAZON}/a.txt", f"{AMAZON}/x/a.pem"])
def test_case_33_a_foreign_certificate_is_not_even_asked_for(merchant: BkashProvider, signed: Any, url: str) -> None:
    with pytest.raises(BadSignature):
        merchant.parse_inbound(signed(SigningCertURL=url))

    assert signed.amazon.asked == []


@pytest.mark.parametrize(
    "url",
    [
        *FOREIGN,
        f"{AMAZON}/?Action=DeleteTopic&TopicArn={TOPIC}",
        f"{AMAZON}/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:x:1:other&Token=t",
        f"{AMAZON}/?Action=ConfirmSubscription&Action=DeleteTopic&TopicArn={TOPIC}&Token=t",
    ],
)
def test_case_33_a_foreign_subscription_is_not_even_asked_for(merchant: BkashProvider, signed: Any, url: str) -> None:
    with pytest.raises(BadSignature):
        merchant.parse_inbound(signed(Type="SubscriptionConfirmation", Token="t", SubscribeURL=url))

    assert signed.amazon.asked == []


def test_case_33_a_topic_of_somebody_else_is_not_even_looked_at(merchant: BkashProvider, signed: Any) -> None:
    with pytest.raises(WrongAccount):
        merchant.parse_inbound(signed(TopicArn="arn:aws:sns:ap-southeast-1:1:mallory"))

    assert signed.amazon.asked == []


@pytest.mark.parametrize(
    "tampered",
    [
        {"Message": json.dumps({"trxID": "AKL9FH01XQ", "transactionStatus": "Completed", "amount": "9"})},
        {"MessageId": "another"},
        {"Type": "SubscriptionConfirmation", "Token": "t", "SubscribeURL": SUBSCRIBE},
        {"Timestamp": "2026-11-21T06:03:11.000Z"},
        {"Signature": "AAAA"},
        {"Signature": "not base64!"},
        {"SignatureVersion": "2"},
        {"SignatureVersion": "3"},
        {"Subject": "added"},
    ],
)
def test_case_2_a_tampered_message_changes_nothing(
    merchant: BkashProvider, signed: Any, tampered: dict[str, Any]
) -> None:
    with pytest.raises(BadSignature):
        merchant.parse_inbound(signed(tampered=tampered))

    assert SUBSCRIBE not in signed.amazon.asked


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"\xff", b'{"Type": "Notification"}', b"0" * 600_000])
def test_what_is_no_message_is_refused(merchant: BkashProvider, body: bytes) -> None:
    with pytest.raises(BadSignature):
        merchant.parse_inbound(replace(inbound({}), body=body))


@pytest.mark.parametrize("name", ["Message", "MessageId", "Signature", "SigningCertURL", "Timestamp", "TopicArn"])
def test_a_message_of_the_wrong_types_is_refused(merchant: BkashProvider, signed: Any, name: str) -> None:
    for value in (None, 7, {}, []):
        with pytest.raises(BadSignature):
            merchant.parse_inbound(signed(tampered={name: value}))


def test_a_certificate_counts_in_its_own_time_only(merchant: BkashProvider, signed: Any) -> None:
    for moment in (datetime.now(UTC) - timedelta(days=2), datetime.now(UTC) + timedelta(days=4_000)):
        with pytest.raises(BadSignature):
            merchant.parse_inbound(replace(signed(), received_at=moment))


def test_while_amazon_does_not_answer_the_message_is_neither_believed_nor_refused(
    merchant: BkashProvider, signed: Any
) -> None:
    certificate, signed.amazon.certificate = signed.amazon.certificate, b"<html>"
    with pytest.raises(Retryable):
        merchant.parse_inbound(signed())
    signed.amazon.certificate = certificate

    assert merchant.parse_inbound(signed()).events


def test_a_signed_message_that_makes_no_sense_is_kept_without_a_hint(merchant: BkashProvider, signed: Any) -> None:
    for text in ("no JSON", "[]", '{"transactionStatus": "Completed"}', '{"transactionStatus": "Initiated"}'):
        (event,) = merchant.parse_inbound(signed(Message=text)).events
        assert (event.subject, event.hint, event.trusted) == ("other", None, True)


def test_without_a_topic_no_message_is_believed(rig: BkashRig, signed: Any) -> None:
    with pytest.raises(WrongAccount):
        rig.like(topics=()).parse_inbound(signed())


def test_a_simulators_certificate_counts_at_its_own_origin_only(rig: BkashRig, signed: Any) -> None:
    here = f"{rig.simulator.url}/a.pem"
    assert rig.provider.parse_inbound(signed(SigningCertURL=here)).events
    with pytest.raises(BadSignature):
        rig.provider.parse_inbound(signed(SigningCertURL="http://127.0.0.1:9/a.pem"))
    with pytest.raises(BadSignature):
        rig.like(sns_origin="").parse_inbound(signed(SigningCertURL=here))
