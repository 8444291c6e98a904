"""Credit notices of banks and wallets: each vendor's own shape, authentication and answer."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from freehold.adapters.credits import bkash_ipn, jenga, kcb, mpesa_c2b
from freehold.adapters.masking import masked
from freehold.domain.money import Money
from freehold.domain.references import references_in
from freehold.ports.credit_notice import CreditNotice
from freehold.ports.credit_source import CreditConnector, CreditSource, UnreadableNotice
from freehold.ports.payment_gateway import AccountConfig, BadSignature, Inbound
from freehold.ports.token_store import AccessToken

PHONE = "254712345678"
AT = datetime(2026, 11, 20, 12, 0, 42, tzinfo=UTC)


class NoTokens:
    def token(self, key: str, renew: Any) -> AccessToken:
        raise AssertionError("nobody asks for tokens here")

    def reject(self, key: str, value: str) -> None:
        raise AssertionError("nobody asks for tokens here")


def connected(connector: CreditConnector, **values: str) -> CreditSource:
    return connector.connect(AccountConfig(account="main", livemode=True, values=values, tokens=NoTokens()))


def heard(body: object, query: Mapping[str, str] | None = None, **headers: str) -> Inbound:
    return Inbound(
        method="POST",
        path="/api/v1/instant-payment-notification/x/token/",
        query=query or {},
        headers=headers,
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        remote_ip="196.201.214.200",
        token_ok=True,
        received_at=AT,
    )


def basic(login: str) -> str:
    return f"Basic {base64.b64encode(login.encode()).decode()}"


# --- Jenga ----------------------------------------------------------------------------------------------------

JENGA: dict[str, Any] = {
    "callbackType": "IPN",
    "customer": {"name": "John Doe", "mobileNumber": PHONE, "reference": "071648816466242"},
    "transaction": {
        "date": "2026-11-20 15:00:42.0",
        "reference": "SKL1FH01QQ",
        "paymentMode": "MPESA",
        "amount": 7500,
        "currency": "KES",
        "billNumber": "fh7k2q9m",
        "servedBy": "EQ",
        "additionalInfo": "MPS 254712345678 SKL1FH01QQ John Doe/537620",
        "orderAmount": 7500,
        "serviceCharge": 5.25,
        "orderCurrency": "KES",
        "status": "SUCCESS",
        "remarks": "00:Approved",
    },
    "bank": {"reference": "SKL1FH01QQ", "transactionType": "C", "account": "0170299999999"},
}


@pytest.fixture
def equity() -> CreditSource:
    return connected(jenga.CONNECTOR, bank_account="0170299999999", login="callback:old-horse,callback:battery")


def changed(body: dict[str, Any], part: str, **fields: Any) -> dict[str, Any]:
    return {**body, part: {**body[part], **fields}}


def jenga_notice(source: CreditSource, body: dict[str, Any]) -> CreditNotice:
    (notice,) = source.read(heard(body, authorization=basic("callback:battery"))).notices
    return notice


def test_jenga_tells_who_paid_what_and_why(equity: CreditSource) -> None:
    notice = jenga_notice(equity, JENGA)
    assert (notice.source, notice.external_id, notice.account) == ("jenga", "SKL1FH01QQ", "0170299999999")
    assert (notice.amount, notice.direction, notice.value_time) == (Money(750_000, "KES"), "credit", AT)
    assert (notice.payer_name, notice.payer_phone) == ("John Doe", PHONE)
    assert references_in(notice.reference)[0] == "FH-7K2Q9M"
    assert PHONE not in json.dumps(notice.raw, default=str)


@pytest.mark.parametrize(
    ("amount", "minor"), [(7500, 750_000), ("7500", 750_000), ("7,500.50", 750_050), (7500.5, 750_050), (0.1, 10)]
)
def test_jenga_writes_amounts_as_numbers_or_text(equity: CreditSource, amount: object, minor: int) -> None:
    assert jenga_notice(equity, changed(JENGA, "transaction", amount=amount)).amount == Money(minor, "KES")


@pytest.mark.parametrize("amount", [0, -5, "", None, "12.345", "1e3", [], True, "９"])
def test_an_amount_that_is_none_is_not_guessed(equity: CreditSource, amount: object) -> None:
    with pytest.raises(UnreadableNotice):
        jenga_notice(equity, changed(JENGA, "transaction", amount=amount))


def test_money_that_leaves_the_account_is_a_debit(equity: CreditSource) -> None:
    assert jenga_notice(equity, changed(JENGA, "bank", transactionType="D")).direction == "debit"


@pytest.mark.parametrize("nothing", [None, "NONE", "null", " "])
def test_an_account_that_jenga_leaves_out_is_the_connected_one(equity: CreditSource, nothing: str | None) -> None:
    body = changed(JENGA, "bank", account=nothing, reference=nothing)
    notice = jenga_notice(equity, body)
    assert (notice.account, notice.external_id) == ("0170299999999", "SKL1FH01QQ")


@pytest.mark.parametrize("body", [changed(JENGA, "transaction", status="FAILED"), {**JENGA, "callbackType": "EFT"}])
def test_what_moved_no_money_is_no_notice_and_still_answered(equity: CreditSource, body: dict[str, Any]) -> None:
    read = equity.read(heard(body, authorization=basic("callback:battery")))
    assert (read.notices, read.ack.status) == ((), 200)


def test_jenga_may_use_the_old_password_while_it_is_replaced(equity: CreditSource) -> None:
    assert equity.read(heard(JENGA, authorization=basic("callback:old-horse"))).trusted


@pytest.mark.parametrize("header", ["", "Basic", "Basic !", basic("callback:x"), basic(""), "Bearer battery"])
def test_nobody_else_can_pretend_to_be_equity(equity: CreditSource, header: str) -> None:
    with pytest.raises(BadSignature):
        equity.read(heard(JENGA, authorization=header))


@pytest.mark.parametrize("login", ["", "name", "name:", ":word", "a:b,c:d,e:f"])
def test_an_empty_password_is_refused_when_it_is_connected(login: str) -> None:
    with pytest.raises(ValueError, match="login"):
        connected(jenga.CONNECTOR, bank_account="1", login=login)


# --- KCB ------------------------------------------------------------------------------------------------------

KCB_ACCOUNT = {
    "transactionReference": "FT26325KCB1",
    "requestId": "b5b1",
    "channelCode": "MOBILE",
    "timestamp": "20261120150042",
    "transactionAmount": "7500.00",
    "currency": "KES",
    "customerReference": "FH 7K2 Q9M",
    "customerName": "Jane Doe",
    "customerMobileNumber": PHONE,
    "balance": "100000.00",
    "narration": "rent",
    "creditAccountIdentifier": "1234567890",
    "organizationShortCode": "777777",
    "tillNumber": "",
}
KCB_TILL = {
    "header": {"messageID": "m1", "originatorConversationID": "c1", "channelCode": "T", "timeStamp": "20261120150100"},
    "requestPayload": {
        "primaryData": {"businessKey": "7654321", "businessKeyType": "TILL"},
        "additionalData": {
            "notificationData": {
                "businessKey": "FH7K2Q9M",
                "businessKeyType": "REFERENCE",
                "debitMSISDN": PHONE,
                "transactionAmt": 7500,
                "transactionDate": "Fri Nov 20 15:00:42 EAT 2026",
                "transactionID": "FT26325KCB2",
                "firstName": "Jane",
                "middleName": "",
                "lastName": "Doe",
                "currency": "KES",
                "narration": "till",
                "transactionType": "C2B",
                "balance": "1",
            }
        },
    },
}


@pytest.fixture(scope="module")
def bank_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def published(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signed(key: rsa.RSAPrivateKey, body: object) -> Inbound:
    raw = json.dumps(body).encode()
    return heard(raw, signature=base64.b64encode(key.sign(raw, PKCS1v15(), SHA256())).decode())


@pytest.fixture
def buni(bank_key: rsa.RSAPrivateKey) -> CreditSource:
    return connected(kcb.CONNECTOR, bank_account="1234567890", public_key=published(bank_key))


@pytest.mark.parametrize(
    ("body", "external_id", "account"),
    [(KCB_ACCOUNT, "FT26325KCB1", "1234567890"), (KCB_TILL, "FT26325KCB2", "7654321")],
)
def test_kcb_sends_two_shapes_of_one_notice(
    buni: CreditSource, bank_key: rsa.RSAPrivateKey, body: dict[str, Any], external_id: str, account: str
) -> None:
    read = buni.read(signed(bank_key, body))
    (notice,) = read.notices
    assert (notice.source, notice.external_id, notice.account) == ("kcb", external_id, account)
    assert (notice.amount, notice.value_time, notice.payer_name) == (Money(750_000, "KES"), AT, "Jane Doe")
    assert "FH-7K2Q9M" in references_in(notice.reference)
    assert PHONE not in json.dumps(notice.raw, default=str)
    assert json.loads(read.ack.body) == {
        "transactionID": external_id,
        "statusCode": "0",
        "statusMessage": "Notification received successfully",
    }


def test_kcb_signs_the_raw_bytes(buni: CreditSource, bank_key: rsa.RSAPrivateKey) -> None:
    request = signed(bank_key, KCB_ACCOUNT)
    reserialised = json.dumps(KCB_ACCOUNT, indent=1).encode()
    for tampered in (
        replace(request, body=reserialised),
        replace(request, body=request.body.replace(b"7500.00", b"9500.00")),
        replace(request, headers={}),
        replace(request, headers={"signature": "not base64!"}),
        signed(rsa.generate_private_key(65537, 2048), KCB_ACCOUNT),
    ):
        with pytest.raises(BadSignature):
            buni.read(tampered)


def test_kcb_may_replace_its_key(bank_key: rsa.RSAPrivateKey) -> None:
    following = rsa.generate_private_key(65537, 2048)
    bare = "".join(published(following).splitlines()[1:-1])
    source = connected(kcb.CONNECTOR, bank_account="1", public_key=f"{bare},{published(bank_key)}")
    assert all(source.read(signed(key, KCB_ACCOUNT)).trusted for key in (bank_key, following))


@pytest.mark.parametrize("key", ["", "hello", "short"])
def test_a_key_that_is_none_or_too_short_is_refused(key: str) -> None:
    key = published(rsa.generate_private_key(65537, 1024)) if key == "short" else key
    with pytest.raises(ValueError, match="public_key"):
        connected(kcb.CONNECTOR, bank_account="1", public_key=key)


# --- M-Pesa C2B -----------------------------------------------------------------------------------------------

C2B = {
    "TransactionType": "Pay Bill",
    "TransID": "SKL1FH01QQ",
    "TransTime": "20261120150042",
    "TransAmount": "7500.00",
    "BusinessShortCode": "600638",
    "BillRefNumber": "fh 7k2q9m",
    "InvoiceNumber": "",
    "OrgAccountBalance": "49197.00",
    "ThirdPartyTransID": "",
    "MSISDN": PHONE,
    "FirstName": "Ada",
}


@pytest.fixture
def paybill() -> CreditSource:
    return connected(mpesa_c2b.CONNECTOR, shortcode="600638", allowed_ips="196.201.214.200 196.201.214.206")


def test_a_confirmation_is_a_credit_that_its_address_or_a_listed_sender_vouches_for(paybill: CreditSource) -> None:
    read = paybill.read(heard(C2B))
    (notice,) = read.notices
    assert read.trusted, "the sender is one of those that the account lists"
    assert not connected(mpesa_c2b.CONNECTOR, shortcode="600638").read(heard(C2B)).trusted
    assert (notice.external_id, notice.account, notice.amount) == ("SKL1FH01QQ", "600638", Money(750_000, "KES"))
    assert (notice.reference, notice.payer_name, notice.value_time) == ("fh 7k2q9m", "Ada", AT)
    assert PHONE not in json.dumps(notice.raw)
    assert json.loads(read.ack.body) == {"ResultCode": 0, "ResultDesc": "Accepted"}


def test_a_validation_moves_nothing(paybill: CreditSource) -> None:
    read = paybill.read(heard({**C2B, "OrgAccountBalance": ""}, query={"step": "validation"}))
    assert read.notices == ()
    assert json.loads(read.ack.body) == {"ResultCode": "0", "ResultDesc": "Accepted"}


def test_case_36_a_confirmation_from_elsewhere_is_ignored(paybill: CreditSource) -> None:
    with pytest.raises(BadSignature):
        paybill.read(replace(heard(C2B), remote_ip="203.0.113.5"))


def test_case_37_a_typo_in_the_reference_is_a_credit_that_names_nobody(paybill: CreditSource) -> None:
    (notice,) = paybill.read(heard({**C2B, "BillRefNumber": "FH7K2QM9"})).notices
    assert "FH-7K2Q9M" not in references_in(notice.reference)
    assert notice.external_id == "SKL1FH01QQ"  # recorded once under this name, so that it is allocated once


def test_a_body_that_is_no_notice_is_kept_for_a_person_and_no_crash(paybill: CreditSource) -> None:
    for body in (b"", b"[]", b"<html>", b"{}", b"\xff", json.dumps({**C2B, "TransID": None}).encode(), b"[" * 9999):
        with pytest.raises(UnreadableNotice):
            paybill.read(heard(body))


# --- bKash ----------------------------------------------------------------------------------------------------

BKASH = {
    "dateTime": "20261120180042",
    "debitMSISDN": "8801700000001",
    "creditOrganizationName": "Freehold",
    "creditShortCode": "01929***",
    "trxID": "AKL9FH01XQ",
    "transactionStatus": "Completed",
    "transactionType": "10002294",
    "amount": "7500",
    "currency": "BDT",
    "transactionReference": "FH7K2Q9M",
    "merchantInvoiceNumber": "FH7K2Q9M-1",
}


def test_the_inner_message_of_bkash_is_a_credit() -> None:
    notice = bkash_ipn.read_message(json.dumps(BKASH), account="main")
    assert notice is not None
    assert (notice.source, notice.external_id, notice.account) == ("bkash_ipn", "AKL9FH01XQ", "main")
    assert (notice.amount, notice.value_time) == (Money(750_000, "BDT"), AT)
    assert "FH-7K2Q9M" in references_in(notice.reference)
    assert "8801700000001" not in json.dumps(notice.raw)


def test_what_bkash_did_not_complete_is_no_credit() -> None:
    assert bkash_ipn.read_message(json.dumps({**BKASH, "transactionStatus": "Initiated"}), account="main") is None


# --- masking --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (PHONE, "2547*****678"),
        ("+8801700000001", "8801*****001"),
        ("MPS 254712345678 SKL1FH01QQ", "MPS 2547*****678 SKL1FH01QQ"),
        ("SKL1FH01QQ", "SKL1FH01QQ"),
        ("7500", "7500"),
    ],
)
def test_a_number_can_be_recognised_and_not_called(text: str, shown: str) -> None:
    assert masked(text) == shown
