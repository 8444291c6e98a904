"""The simulator speaks bKash's wire: a client and a verifier written by others understand it, and so do its pages."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from bkash_pgw_tokenized import client, codes, ipn, sns_verify, token
from cryptography import x509

from tests.simulators.bkash_process import APP_KEY, APP_SECRET, PASSWORD, TOPIC, USERNAME, BkashProcess
from tests.simulators.process import Listener

INVOICES = iter(range(10_000))


def peer(simulator: BkashProcess, **changes: str) -> client.Bkash:
    config = {"username": USERNAME, "password": PASSWORD, "app_key": APP_KEY, "app_secret": APP_SECRET}
    return client.Bkash({**config, "base_url": f"{simulator.url}/v1.2.0-beta", **changes})


def speak[Answer](
    simulator: BkashProcess, talk: Callable[[client.Bkash, str], Awaitable[Answer]], **changes: str
) -> Answer:
    """What the peer says with a token of its own."""

    async def whole() -> Answer:
        merchant = peer(simulator, **changes)
        return await talk(merchant, await token.ensure_id_token(token.MemoryTokenStore(), merchant))

    return asyncio.run(whole())


async def ordered(merchant: client.Bkash, id_token: str, **changes: str) -> dict[str, Any]:
    order = {
        "mode": "0011",
        "payer_reference": "FH-7K2Q9M",
        "callback_url": "https://stays.example.com/back/token?lang=bn",
        "amount": "7500.00",
        "currency": "BDT",
        "intent": "sale",
        "merchant_invoice_number": f"peer-{next(INVOICES)}",
    }
    return await merchant.create_payment(id_token, **{**order, **changes})


def test_the_peer_pays_from_the_first_token_to_the_search(bkash_simulator: BkashProcess) -> None:
    async def talk(merchant: client.Bkash, id_token: str) -> dict[str, Any]:
        created = await ordered(merchant, id_token)
        assert codes.is_success_status_code(created["statusCode"])
        before = await merchant.payment_status(id_token, created["paymentID"])
        told = bkash_simulator.press(created["bkashURL"], "pay")
        executed = await merchant.execute_payment(id_token, created["paymentID"])
        after = await merchant.payment_status(id_token, created["paymentID"])
        found = await merchant.search_transaction(id_token, executed["trxID"])
        return {
            "created": created,
            "before": before,
            "told": told,
            "executed": executed,
            "after": after,
            "found": found,
        }

    said = speak(bkash_simulator, talk)
    payment_id, trx_id = said["created"]["paymentID"], said["executed"]["trxID"]

    assert (said["before"]["transactionStatus"], said["before"]["verificationStatus"]) == ("Initiated", "Incomplete")
    assert "trxID" not in said["before"]
    assert {"lang": "bn", "paymentID": payment_id, "status": "success"}.items() <= said["told"].items()
    assert said["told"]["signature"]
    assert said["executed"]["transactionStatus"] == "Completed"
    assert ipn.amounts_match("7500", said["executed"]["amount"])
    assert said["executed"]["merchantInvoiceNumber"] == said["after"]["merchantInvoice"]
    assert "merchantInvoice" not in said["executed"]
    assert said["after"]["maxRefundableAmount"] == "7500.00"
    assert (said["found"]["trxID"], said["found"]["transactionStatus"]) == (trx_id, "Completed")


def test_a_payment_is_executed_once_and_only_when_approved(bkash_simulator: BkashProcess) -> None:
    async def talk(merchant: client.Bkash, id_token: str) -> list[str]:
        created = await ordered(merchant, id_token)
        early = await merchant.execute_payment(id_token, created["paymentID"])
        bkash_simulator.press(created["bkashURL"], "pay")
        tries = [await merchant.execute_payment(id_token, created["paymentID"]) for _ in range(2)]
        unknown = await merchant.execute_payment(id_token, "TR0011nobody")
        return [each["statusCode"] for each in (early, *tries, unknown)]

    assert speak(bkash_simulator, talk) == ["2060", "0000", "2117", "2002"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mode": "0001"}, "2063"),
        ({"amount": "12.345"}, "2006"),
        ({"amount": "0"}, "2006"),
        ({"currency": "USD"}, "2007"),
        ({"intent": "authorization"}, "2008"),
        ({"callback_url": "not an address"}, "2049"),
        ({"merchant_invoice_number": "a&b"}, "2031"),
        ({"merchant_invoice_number": "twice"}, "2029"),
    ],
)
def test_a_bad_order_is_refused_with_its_code(
    bkash_simulator: BkashProcess, changes: dict[str, str], code: str
) -> None:
    async def talk(merchant: client.Bkash, id_token: str) -> dict[str, Any]:
        await ordered(merchant, id_token, merchant_invoice_number="twice")
        return await ordered(merchant, id_token, **changes)

    answer = speak(bkash_simulator, talk)

    assert answer["statusCode"] == code
    assert answer["statusMessage"] == codes.describe_code(code)


def test_the_first_version_of_refunds_gives_back_once(bkash_simulator: BkashProcess) -> None:
    async def talk(merchant: client.Bkash, id_token: str) -> list[dict[str, Any]]:
        created = await ordered(merchant, id_token)
        bkash_simulator.press(created["bkashURL"], "pay")
        trx_id = (await merchant.execute_payment(id_token, created["paymentID"]))["trxID"]
        names = {"payment_id": created["paymentID"], "trx_id": trx_id, "sku": "FH", "reason": "cancelled"}
        return [await merchant.refund(id_token, amount="2500.00", **names) for _ in range(2)]

    made, again = speak(bkash_simulator, talk)

    assert (made["transactionStatus"], made["amount"]) == ("Completed", "2500.00")
    assert again["statusCode"] == "2034"


def test_wrong_credentials_and_foreign_tokens_are_turned_away(bkash_simulator: BkashProcess) -> None:
    async def nothing(merchant: client.Bkash, id_token: str) -> None:
        await merchant.payment_status("foreign", "TR0011nobody")

    with pytest.raises(client.BkashHttpError) as refused:
        speak(bkash_simulator, nothing, password="wrong")
    assert refused.value.status_code == 401
    with pytest.raises(RuntimeError, match="Invalid App Key"):
        speak(bkash_simulator, nothing, app_secret="wrong")
    with pytest.raises(client.BkashHttpError) as refused:
        speak(bkash_simulator, nothing)
    assert (refused.value.status_code, refused.value.response_body) == (401, {"message": "Unauthorized"})


def test_an_older_flow_executes_at_once_where_that_is_allowed(bkash_simulator: BkashProcess) -> None:
    async def talk(merchant: client.Bkash, id_token: str) -> str:
        created = await ordered(merchant, id_token)
        return str((await merchant.execute_payment(id_token, created["paymentID"]))["statusCode"])

    assert speak(bkash_simulator, talk) == "2060"
    with bkash_simulator.switched("approve_unopened"):
        assert speak(bkash_simulator, talk) == "0000"


def test_whoever_has_opened_the_page_has_to_approve_there(bkash_simulator: BkashProcess) -> None:
    async def talk(merchant: client.Bkash, id_token: str) -> list[str]:
        seen, forged = await ordered(merchant, id_token), await ordered(merchant, id_token)
        assert httpx.get(seen["bkashURL"], trust_env=False).is_success
        bkash_simulator.press(forged["bkashURL"], "forge")
        return [
            str((await merchant.execute_payment(id_token, each["paymentID"]))["statusCode"]) for each in (seen, forged)
        ]

    with bkash_simulator.switched("approve_unopened"):
        assert speak(bkash_simulator, talk) == ["2060", "2060"]


# --- notices ------------------------------------------------------------------------------------------------


@pytest.fixture
def endpoint(bkash_simulator: BkashProcess, listener: Listener) -> str:
    address = listener.new_address()
    bkash_simulator.control("subscribe", url=address)
    (request,) = listener.wait(address)
    assert httpx.get(json.loads(request.body)["SubscribeURL"], trust_env=False).is_success
    return address


@pytest.fixture
def peer_verifies(bkash_simulator: BkashProcess, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], None]:
    """The peer looks at Amazon's hosts only: its certificate is brought to it, and its checks are its own."""

    def bring(url: str, timeout: float = 10.0) -> x509.Certificate:
        return sns_verify._cert_from_aws_sns(httpx.get(url, trust_env=False).content)

    monkeypatch.setattr(sns_verify, "fetch_signing_certificate", bring)
    return sns_verify.verify_sns_signature


@pytest.mark.parametrize("version", ["1", "2"])
def test_the_peer_verifies_notices_of_both_signatures(
    bkash_simulator: BkashProcess,
    listener: Listener,
    endpoint: str,
    peer_verifies: Callable[[dict[str, Any]], None],
    version: str,
) -> None:
    bkash_simulator.control("signature_version", version=version)
    trx_id = bkash_simulator.control("credit", amount=50_000, reference="fh 7k2q9m", channel="ussd")["trxID"]
    confirmation, notice = listener.wait(endpoint, 2)
    bkash_simulator.control("signature_version", version="1")
    message = json.loads(notice.body)

    peer_verifies(json.loads(confirmation.body))
    peer_verifies(message)
    with pytest.raises(sns_verify.SnsVerificationError):
        peer_verifies({**message, "Message": message["Message"].replace("500.00", "900.00")})
    inner = ipn.extract_inner_from_sns_envelope(message)
    assert message["SignatureVersion"] == version
    assert ipn.verify_topic_arn(message, TOPIC)
    assert ipn.ipn_inner_is_success(inner) == (True, None)
    assert (inner["trxID"], inner["amount"], inner["transactionType"]) == (trx_id, "500.00", "10002175")
    assert notice.headers["content-type"] == "text/plain; charset=UTF-8"
    assert notice.headers["x-amz-sns-message-type"] == "Notification"


def test_nobody_is_told_anything_before_he_confirmed(bkash_simulator: BkashProcess, listener: Listener) -> None:
    address = listener.new_address()
    bkash_simulator.control("subscribe", url=address)
    bkash_simulator.control("credit", amount=100)
    listener.wait(address)

    assert not bkash_simulator.rows("setting", name="confirmed", value="yes")
    assert httpx.get(f"{bkash_simulator.url}/sns/?Token=guessed", trust_env=False).status_code == 404
    told = [json.loads(one.body)["Type"] for one in listener.about(address)]
    assert told == ["SubscriptionConfirmation"]


# --- pages --------------------------------------------------------------------------------------------------


def test_the_payer_goes_by_number_code_and_pin_and_back_to_the_merchant(bkash_simulator: BkashProcess) -> None:
    created = speak(bkash_simulator, ordered)
    browser = httpx.Client(base_url=bkash_simulator.url, follow_redirects=True, trust_env=False)
    page = browser.get(created["bkashURL"])
    assert "7,500.00" in page.text
    assert "Continue with 01700000001" in page.text
    code = browser.post(str(page.url), data={"scenario": "code"})
    pin = browser.post(str(code.url), data={"scenario": "pin"})
    assert "Confirm the code" in code.text
    assert "Confirm with PIN and pay" in pin.text
    back = browser.post(str(pin.url), data={"scenario": "pay"}, follow_redirects=False)
    assert dict(parse_qsl(urlsplit(back.headers["location"]).query))["status"] == "success"
    done = browser.get(created["bkashURL"])
    assert "not before" in done.text
    assert browser.post(created["bkashURL"], data={"scenario": "cancel"}).status_code == 409
    assert created["paymentID"] in browser.get("/").text
    assert browser.get("/payment/?paymentId=TR0011nobody&hash=x").status_code == 404
    assert browser.post(created["bkashURL"], data={"scenario": "fly"}).status_code == 400
    browser.close()
