"""A client that we did not write, `mpesakit`, against our simulator: it is understood, and understands the answers.

Its schema of a B2C result wants a list where M-Pesa nests an object, and its schemas of other results want texts where
M-Pesa sends numbers: there the simulator follows M-Pesa, and the test looks at the message itself.
"""

import base64
import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate
from mpesakit import MpesaClient
from mpesakit.b2c.schemas import B2CCommandIDType
from mpesakit.c2b.schemas import C2BValidationRequest
from mpesakit.errors import MpesaApiException
from mpesakit.mpesa_express.schemas import StkPushSimulateCallback

from tests.simulators.mpesa_process import KEYS, SHORTCODE, MpesaProcess
from tests.simulators.process import Listener

PHONE = "254722000001"


@pytest.fixture
def sdk(mpesa_simulator: MpesaProcess) -> MpesaClient:
    client = MpesaClient(KEYS["CONSUMER_KEY"], KEYS["CONSUMER_SECRET"])
    client.http_client.base_url = mpesa_simulator.url
    client.http_client._client = httpx.Client(trust_env=False)
    return client


@pytest.fixture
def address(listener: Listener) -> str:
    return listener.new_address()


@pytest.fixture
def operator(mpesa_simulator: MpesaProcess, address: str) -> dict[str, Any]:
    """What every request of an operator carries; the password is encrypted by our own hand."""
    key = load_pem_x509_certificate(mpesa_simulator.certificate().encode()).public_key()
    assert isinstance(key, RSAPublicKey)
    sealed = base64.b64encode(key.encrypt(KEYS["INITIATOR_PASSWORD"].encode(), PKCS1v15())).decode()
    return {
        "initiator": KEYS["INITIATOR"],
        "security_credential": sealed,
        "result_url": f"{address}?answer",
        "queue_timeout_url": f"{address}?late",
    }


def pushed(sdk: MpesaClient, address: str, phone: str = PHONE) -> str:
    answer = sdk.stk_push(
        business_short_code=int(SHORTCODE),
        transaction_type="CustomerPayBillOnline",
        amount=7500,
        party_a=phone,
        party_b=SHORTCODE,
        phone_number=phone,
        callback_url=address,
        account_reference="FH7K2Q9M",
        transaction_desc="Stay FH7K2Q",
        passkey=KEYS["PASSKEY"],
    )
    assert answer.is_successful()
    return str(answer.CheckoutRequestID)


def queried(sdk: MpesaClient, push: str) -> Any:
    timestamp = "20261120150000"
    return sdk.stk_query(
        business_short_code=int(SHORTCODE), checkout_request_id=push, passkey=KEYS["PASSKEY"], timestamp=timestamp
    )


def result(listener: Listener, address: str, count: int = 1) -> dict[str, Any]:
    return dict(json.loads(listener.wait(address, count)[count - 1].body)["Result"])


def parameters(told: dict[str, Any]) -> dict[str, Any]:
    return {one["Key"]: one["Value"] for one in told["ResultParameters"]["ResultParameter"]}


def paid(sdk: MpesaClient, simulator: MpesaProcess, listener: Listener, phone: str) -> str:
    """A receipt."""
    address = listener.new_address()
    simulator.press(pushed(sdk, address, phone), "pay")
    (heard,) = listener.wait(address)
    return str(StkPushSimulateCallback.model_validate_json(heard.body).mpesa_receipt_number)


def test_a_push_is_queried_and_told(
    sdk: MpesaClient, mpesa_simulator: MpesaProcess, listener: Listener, address: str
) -> None:
    push = pushed(sdk, address)
    with pytest.raises(MpesaApiException) as caught:
        queried(sdk, push)
    assert caught.value.error.raw_response["errorCode"] == "500.001.1001"
    mpesa_simulator.press(push, "pay")
    assert str(queried(sdk, push).ResultCode) == "0"
    (heard,) = listener.wait(address)
    told = StkPushSimulateCallback.model_validate_json(heard.body)
    assert told.is_successful
    assert (told.amount, told.phone_number) == (7500, PHONE)
    assert told.mpesa_receipt_number


@pytest.mark.parametrize(
    ("deed", "code"), [("cancel", "1032"), ("wrong_pin", "2001"), ("no_answer", "1037"), ("decline", "1")]
)
def test_a_failed_push_has_no_metadata(
    sdk: MpesaClient, mpesa_simulator: MpesaProcess, listener: Listener, address: str, deed: str, code: str
) -> None:
    push = pushed(sdk, address)
    mpesa_simulator.press(push, deed)
    assert str(queried(sdk, push).ResultCode) == code
    told = StkPushSimulateCallback.model_validate_json(listener.wait(address)[0].body)
    assert str(told.Body.stkCallback.ResultCode) == code
    assert told.Body.stkCallback.CallbackMetadata is None


def test_wrong_keys_are_refused_in_m_pesas_own_words(sdk: MpesaClient, address: str) -> None:
    sdk.token_manager.consumer_secret = "wrong"
    with pytest.raises(MpesaApiException) as caught:
        pushed(sdk, address)
    assert set(caught.value.error.raw_response) == {"requestId", "errorCode", "errorMessage"}


def test_a_locked_telephone_takes_no_second_prompt(
    sdk: MpesaClient, mpesa_simulator: MpesaProcess, address: str
) -> None:
    first = pushed(sdk, address, "254722000009")
    with pytest.raises(MpesaApiException) as caught:
        pushed(sdk, address, "254722000009")
    assert "lock subscriber" in str(caught.value.error.error_message)
    mpesa_simulator.press(first, "cancel")


def test_money_goes_to_a_customer_once_per_id(
    sdk: MpesaClient, listener: Listener, address: str, operator: dict[str, Any]
) -> None:
    operator = {**operator, "initiator_name": operator["initiator"]}
    del operator["initiator"]
    request = {
        "originator_conversation_id": f"kit-{address[-16:]}",
        "command_id": B2CCommandIDType.BusinessPayment,
        "amount": 1000,
        "party_a": SHORTCODE,
        "party_b": PHONE,
        "remarks": "November",
        **operator,
    }
    accepted = sdk.b2c.send_payment(**request)
    assert accepted.is_successful()
    told = result(listener, address)
    assert (told["ResultCode"], told["ConversationID"]) == (0, accepted.ConversationID)
    assert parameters(told)["TransactionAmount"] == 1000
    with pytest.raises(MpesaApiException) as caught:
        sdk.b2c.send_payment(**request)
    assert caught.value.error.raw_response["errorCode"] == "500.002.1001"


def test_money_goes_to_a_business(sdk: MpesaClient, listener: Listener, address: str, operator: dict[str, Any]) -> None:
    sdk.b2b.paybill(
        amount=500,
        party_a=int(SHORTCODE),
        party_b=654321,
        account_reference="INV-77",
        requester=PHONE,
        remarks="Water",
        **operator,
    )
    assert parameters(result(listener, address))["Amount"] == 500


def test_a_payment_is_reversed_once(
    sdk: MpesaClient,
    mpesa_simulator: MpesaProcess,
    listener: Listener,
    address: str,
    operator: dict[str, Any],
) -> None:
    receipt = paid(sdk, mpesa_simulator, listener, "254722000002")
    request = {
        "transaction_id": receipt,
        "amount": 7500,
        "receiver_party": int(SHORTCODE),
        "remarks": "Cancelled",
        **operator,
    }
    assert sdk.reversal.reverse(**request).is_successful()
    told = result(listener, address)
    assert (told["ResultCode"], parameters(told)["OriginalTransactionID"]) == (0, receipt)
    sdk.reversal.reverse(**request)
    assert result(listener, address, 2)["ResultCode"] == "R000001"


def test_the_status_of_a_transaction_is_told(
    sdk: MpesaClient,
    mpesa_simulator: MpesaProcess,
    listener: Listener,
    address: str,
    operator: dict[str, Any],
) -> None:
    receipt = paid(sdk, mpesa_simulator, listener, "254722000003")
    sdk.transactions.query_status(transaction_id=receipt, party_a=int(SHORTCODE), identifier_type=4, **operator)
    told = parameters(result(listener, address))
    assert (told["ReceiptNo"], told["Amount"], told["TransactionStatus"]) == (receipt, 7500.0, "Completed")


@pytest.mark.parametrize(("answer", "welcome"), [("0", True), ("C2B00012", False)])
def test_what_payers_send_is_validated_and_confirmed(
    sdk: MpesaClient, mpesa_simulator: MpesaProcess, listener: Listener, address: str, answer: str, welcome: bool
) -> None:
    validation, payer = listener.new_address(), f"25472200001{int(welcome)}"
    listener.answers[validation] = json.dumps({"ResultCode": answer, "ResultDesc": "said"}).encode()
    registered = sdk.c2b.register_url(
        short_code=int(SHORTCODE),
        response_type="Completed",
        confirmation_url=address,
        validation_url=validation,
    )
    assert registered.is_successful()
    try:
        token = sdk.token_manager.get_token()
        sent = {"ShortCode": SHORTCODE, "CommandID": "CustomerPayBillOnline", "Amount": 900, "Msisdn": payer}
        httpx.post(
            f"{mpesa_simulator.url}/mpesa/c2b/v2/simulate",
            json={**sent, "BillRefNumber": "fh 7k2q9m"},
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        ).raise_for_status()
        assert len(listener.wait(validation)) == 1
        if welcome:
            told = C2BValidationRequest.model_validate_json(listener.wait(address)[0].body)
            assert (told.TransAmount, told.BillRefNumber) == (900, "fh 7k2q9m")
        assert len(listener.about(address)) == int(welcome)
        assert len(mpesa_simulator.rows("movement", kind="c2b", party=payer)) == int(welcome)
    finally:
        mpesa_simulator.control("forget_addresses")
