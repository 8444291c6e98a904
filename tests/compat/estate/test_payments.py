"""Payments by Stripe and bKash: begun, completed, asked for, and what providers tell at their fixed addresses."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import stripe
from django.test import Client

from freehold.accounts.models import User
from freehold.adapters.payments.bkash import BkashProvider
from freehold.adapters.payments.practice_payer import SimulatorPayer
from freehold.adapters.payments.stripe import StripeProvider, StripeSettings
from freehold.bookings.models import Booking
from freehold.config.wiring import wire
from freehold.core import outbox, outside
from freehold.payments.models import GatewayEvent, Payment
from freehold.properties.models import Property
from tests.compat.estate.conftest import Call
from tests.contract.bkash_rig import settings_for
from tests.factories import UserFactory
from tests.simulators.bkash_process import BkashProcess
from tests.simulators.process import Heard, Listener, eventually
from tests.simulators.stripe_process import API_KEY, StripeProcess
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "whsec_of_the_estate"
SNS = "x-amz-sns-message-type"
FIELDS = {"id", "booking", "provider", "status", "transaction_id", "raw_response", "created_at", "updated_at"}
PAID_ALREADY = {"non_field_errors": ["Booking already paid."]}


@pytest.fixture(scope="module")
def simulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BkashProcess, StripeProcess]]:
    folder = tmp_path_factory.mktemp("simulators")
    (folder / "bkash").mkdir()
    (folder / "stripe").mkdir()
    with BkashProcess(folder / "bkash") as bkash, StripeProcess(folder / "stripe") as stripes:
        yield bkash, stripes


@pytest.fixture
def bkash(simulators: tuple[BkashProcess, StripeProcess], monkeypatch: pytest.MonkeyPatch) -> Iterator[BkashProcess]:
    """Both providers, the installation's accounts; bKash's simulator is at hand."""
    monkeypatch.setattr(outside, "_gateways", {})
    monkeypatch.setattr(outside, "_practice_payers", {})
    process, stripes = simulators
    stripes.close_endpoints()
    outside.bind_payment_gateway(BkashProvider(settings_for(process), outside.token_store()), livemode=False)
    account = StripeSettings(
        account="house",
        secret_key=API_KEY,
        webhook_secrets=(SECRET,),
        publishable_key="pk_test_fortests",
        mode="intent",
        base_url=stripes.url,
    )
    outside.bind_payment_gateway(StripeProvider(account), livemode=False)
    yield process
    assert broken_promises() == []
    wire()


@pytest.fixture
def demonstration(bkash: BkashProcess, simulators: tuple[BkashProcess, StripeProcess]) -> Iterator[BkashProcess]:
    """Where unsigned messages make the simulators' payer act, and bKash approves by itself."""
    outside.bind_practice_payer("bkash", SimulatorPayer(bkash.url))
    outside.bind_practice_payer("stripe", SimulatorPayer(simulators[1].url))
    with bkash.switched("approve_unopened"):
        yield bkash


@pytest.fixture
def booking(call: Call, place: Property, jack: User) -> dict[str, Any]:
    answer = call("bookings/create/", {"property_id": place.serial}, as_=jack)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def begin(call: Call, jack: User, booking: dict[str, Any], provider: str = "bkash") -> dict[str, Any]:
    answer = call("payments/initiate/", {"provider": provider, "booking_id": booking["id"]}, as_=jack)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def status_of(call: Call, jack: User, booking: dict[str, Any]) -> str:
    return str(call(f"bookings/{booking['id']}/", as_=jack).json()["status"])


@pytest.mark.usefixtures("bkash")
class TestInitiating:
    @pytest.mark.parametrize("provider", ["bkash", "BKASH", "bKash"])
    def test_at_bkash_with_the_address_where_it_is_paid(
        self, call: Call, jack: User, booking: dict[str, Any], provider: str
    ) -> None:
        found = begin(call, jack, booking, provider)
        assert set(found) == FIELDS
        assert (found["booking"], found["provider"], found["status"]) == (booking["id"], "BKASH", "INITIATED")
        payment = Payment.objects.system("test").get()
        assert (found["id"], found["transaction_id"]) == (payment.serial, payment.object_id)
        assert found["raw_response"]["paymentID"] == payment.object_id
        assert found["raw_response"]["bkashURL"].startswith("http")
        assert payment.notify_token not in json.dumps(found)

    @pytest.mark.parametrize("provider", ["stripe", "STRIPE"])
    def test_at_stripe_with_the_secret_of_the_payers_app_and_no_other(
        self, call: Call, jack: User, place: Property, provider: str
    ) -> None:
        booking = call("bookings/create/", {"property_id": place.serial}, as_=jack).json()
        found = begin(call, jack, booking, provider)
        assert (found["provider"], found["status"]) == ("STRIPE", "INITIATED")
        assert found["raw_response"]["client_secret"].startswith(found["transaction_id"])
        assert not [secret for secret in (API_KEY, SECRET) if secret in json.dumps(found)]
        (listed,) = call("/auth/me/payments", as_=jack).json()["results"]
        assert "client_secret" not in listed["raw_response"]

    def test_a_pending_attempt_is_answered_again(self, call: Call, jack: User, booking: dict[str, Any]) -> None:
        first, second = begin(call, jack, booking), begin(call, jack, booking)
        assert (first["id"], first["transaction_id"]) == (second["id"], second["transaction_id"])
        assert Payment.objects.system("test").count() == 1

    def test_the_payers_app_may_say_where_the_browser_comes_back(
        self, call: Call, jack: User, booking: dict[str, Any]
    ) -> None:
        body = {"provider": "bkash", "booking_id": booking["id"]}
        for url in ("javascript:alert(1)", "x", 7, "http://a.com/\x00x"):
            bad = call("payments/initiate/", {**body, "payload": {"return_url": url}}, as_=jack)
            assert (bad.status_code, list(bad.json())) == (400, ["payload"])
        url = "http://localhost:3000/paid"
        assert call("payments/initiate/", {**body, "payload": {"return_url": url}}, as_=jack).status_code == 201
        assert Payment.objects.system("test").get().return_url == url

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"provider": "paypal"}, "provider"),
            ({"provider": 7}, "provider"),
            ({"provider": None}, "provider"),
            ({"booking_id": None}, "booking_id"),
            ({"booking_id": "x"}, "booking_id"),
        ],
    )
    def test_bad_input_is_400_and_names_the_field(
        self, call: Call, jack: User, booking: dict[str, Any], changes: dict[str, Any], field: str
    ) -> None:
        body = {"provider": "bkash", "booking_id": booking["id"], **changes}
        answer = call("payments/initiate/", body, as_=jack)
        assert (answer.status_code, list(answer.json())) == (400, [field])

    def test_somebody_elses_booking_is_not_there(self, call: Call, jack: User, booking: dict[str, Any]) -> None:
        body = {"provider": "bkash", "booking_id": booking["id"]}
        answer = call("payments/initiate/", body, as_=UserFactory())
        assert (answer.status_code, answer.json()) == (404, {"detail": "Booking not found."})
        assert call("payments/initiate/", {**body, "booking_id": 999_999_999}, as_=jack).status_code == 404
        assert not Payment.objects.system("test").exists()

    def test_what_was_approved_for_a_booking_that_is_canceled_is_not_taken(
        self, call: Call, jack: User, booking: dict[str, Any], bkash: BkashProcess
    ) -> None:
        payment = begin(call, jack, booking)
        bkash.press(payment["raw_response"]["bkashURL"], "pay")
        call(f"bookings/{booking['id']}/cancel/", {}, as_=jack)
        answer = call("payments/bkash/execute/", {"payment_id": payment["id"]}, as_=jack)
        assert (answer.status_code, answer.json()) == (400, {"non_field_errors": ["Booking is canceled."]})
        assert Payment.objects.system("test").get().received_minor == 0

    def test_what_is_canceled_takes_no_payment(self, call: Call, jack: User, booking: dict[str, Any]) -> None:
        call(f"bookings/{booking['id']}/cancel/", {}, as_=jack)
        answer = call("payments/initiate/", {"provider": "bkash", "booking_id": booking["id"]}, as_=jack)
        assert (answer.status_code, answer.json()) == (400, {"non_field_errors": ["Booking is canceled."]})


class TestBkash:
    @pytest.mark.parametrize("by", ["transaction_id", "id"])
    def test_executing_what_the_payer_approved_pays_once(
        self, call: Call, jack: User, booking: dict[str, Any], bkash: BkashProcess, by: str
    ) -> None:
        payment = begin(call, jack, booking)
        waiting = call("payments/bkash/execute/", {"payment_id": payment[by]}, as_=jack)
        assert (waiting.status_code, waiting.json()["status"]) == (200, "INITIATED"), "nobody has approved it"
        bkash.press(payment["raw_response"]["bkashURL"], "pay")
        for _ in range(2):
            done = call("payments/bkash/execute/", {"payment_id": payment[by]}, as_=jack)
            assert (done.status_code, done.json()["status"]) == (200, "SUCCESS")
        assert set(done.json()) == FIELDS
        assert done.json()["raw_response"]["trxID"]
        assert status_of(call, jack, booking) == "PAID"
        again = call("payments/initiate/", {"provider": "bkash", "booking_id": booking["id"]}, as_=jack)
        assert (again.status_code, again.json()) == (400, PAID_ALREADY)

    def test_in_the_demonstration_execute_after_initiate_completes_the_payment(
        self, call: Call, jack: User, booking: dict[str, Any], demonstration: BkashProcess
    ) -> None:
        payment = begin(call, jack, booking)
        done = call("payments/bkash/execute/", {"payment_id": payment["transaction_id"]}, as_=jack)
        assert done.json()["status"] == "SUCCESS"
        assert status_of(call, jack, booking) == "PAID"

    def test_asking_tells_what_became_of_it(
        self, call: Call, jack: User, booking: dict[str, Any], bkash: BkashProcess
    ) -> None:
        payment = begin(call, jack, booking)
        for name in (payment["transaction_id"], payment["id"]):
            found = call(f"payments/bkash/query/?payment_id={name}", as_=jack)
            assert (found.status_code, found.json()["status"], set(found.json())) == (200, "INITIATED", FIELDS)

    def test_a_payer_who_failed_may_try_again(
        self, call: Call, jack: User, booking: dict[str, Any], demonstration: BkashProcess
    ) -> None:
        payment = begin(call, jack, booking)
        body = {"booking_id": booking["id"], "status": "FAILED", "transaction_id": payment["transaction_id"]}
        assert call("payments/webhook/bkash/", body).json() == {"detail": "ok"}
        seen = call(f"payments/bkash/query/?payment_id={payment['id']}", as_=jack).json()
        assert (seen["status"], status_of(call, jack, booking)) == ("FAILED", "PENDING")
        assert begin(call, jack, booking)["id"] != payment["id"]

    @pytest.mark.parametrize("named", [None, "", "x" * 200, [], {}, True, 1.5])
    def test_what_names_no_payment_is_400(self, call: Call, jack: User, bkash: BkashProcess, named: Any) -> None:
        answer = call("payments/bkash/execute/", {"payment_id": named}, as_=jack)
        assert (answer.status_code, list(answer.json())) == (400, ["payment_id"])
        assert call("payments/bkash/query/", as_=jack).json() == {"payment_id": ["This field is required."]}

    @pytest.mark.parametrize("named", ["TR0011", "7", "9" * 40, "\u0661"])
    def test_what_is_nobodys_or_somebody_elses_is_not_there(
        self, call: Call, jack: User, booking: dict[str, Any], bkash: BkashProcess, named: str
    ) -> None:
        payment = begin(call, jack, booking)
        for name in (named, payment["transaction_id"], payment["id"]):
            stranger = UserFactory()
            assert call("payments/bkash/execute/", {"payment_id": name}, as_=stranger).status_code == 404
            assert call(f"payments/bkash/query/?payment_id={name}", as_=stranger).status_code == 404


class TestWebhooks:
    def signed(self, payment: dict[str, Any], secret: str) -> Any:
        """What Stripe says when the payer has paid; signed by Stripe's own client."""
        row = Payment.objects.system("test").get(serial=payment["id"])
        intent = {
            "object": "payment_intent",
            "id": row.object_id,
            "amount": row.amount_minor,
            "amount_received": row.amount_minor,
            "currency": row.currency.lower(),
            "status": "succeeded",
            "latest_charge": "ch_1",
            "created": 1,
            "metadata": {"payment_id": str(row.pk)},
        }
        event = {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "created": int(time.time())}
        body = json.dumps({**event, "livemode": False, "data": {"object": intent}})
        header = stripe.WebhookSignature.generate_signature_header(body, secret, int(time.time()))
        headers = {"Stripe-Signature": header}
        return Client().post("/api/payments/webhook/stripe/", body, content_type="application/json", headers=headers)

    def test_a_signed_event_pays_the_booking(
        self, call: Call, jack: User, booking: dict[str, Any], bkash: BkashProcess
    ) -> None:
        payment = begin(call, jack, booking, "stripe")
        answer = self.signed(payment, SECRET)
        assert (answer.status_code, answer.json()) == (200, {"detail": "ok"})
        while outbox.deliver_due(worker_id="test"):
            pass
        assert status_of(call, jack, booking) == "PAID"

    def test_a_wrong_signature_is_400_and_changes_nothing(
        self, call: Call, jack: User, booking: dict[str, Any], demonstration: BkashProcess
    ) -> None:
        answer = self.signed(begin(call, jack, booking, "stripe"), "whsec_guessed")
        assert (answer.status_code, answer.json()) == (400, {"detail": "The signature does not fit."})
        assert not GatewayEvent.objects.exists()
        assert status_of(call, jack, booking) == "PENDING"

    def test_what_amazon_signed_for_bkash_is_taken_and_nothing_that_was_changed(
        self, call: Call, jack: User, booking: dict[str, Any], bkash: BkashProcess
    ) -> None:
        def post(letter: Heard, body: bytes = b"") -> int:
            headers = {name: value for name, value in letter.headers.items() if name.startswith("x-amz")}
            told = body or letter.body
            return Client().post("/api/payments/webhook/bkash/", told, "text/plain", headers=headers).status_code

        listener = Listener()
        listener.start()
        address = listener.new_address()
        bkash.control("subscribe", url=address)
        (confirmation,) = listener.wait(address)
        assert post(confirmation) == 200
        payment = begin(call, jack, booking)
        back = bkash.press(payment["raw_response"]["bkashURL"], "pay")
        assert call("payments/bkash/execute/", {"payment_id": back["paymentID"]}, as_=jack).status_code == 200
        [letter] = eventually(lambda: [one for one in listener.about(address) if one.headers[SNS] == "Notification"])
        listener.stop()
        assert post(letter, letter.body.replace(b"Completed", b"completed")) == 400
        assert not GatewayEvent.objects.filter(provider="bkash", subject="payment").exists()
        assert (post(letter), post(letter)) == (200, 200)
        assert GatewayEvent.objects.filter(provider="bkash", subject="payment", trusted=True).count() == 1

    @pytest.mark.parametrize("provider", ["stripe", "bkash"])
    def test_in_the_demonstration_an_unsigned_message_makes_the_simulator_do_it(
        self, call: Call, jack: User, booking: dict[str, Any], demonstration: BkashProcess, provider: str
    ) -> None:
        payment = begin(call, jack, booking, provider)
        body = {"booking_id": booking["id"], "status": "SUCCESS", "transaction_id": "anything"}
        for _ in range(2):
            answer = call(f"payments/webhook/{provider}/", body)
            assert (answer.status_code, answer.json()) == (200, {"detail": "ok"})
        assert status_of(call, jack, booking) == "PAID"
        (listed,) = call("/auth/me/payments", as_=jack).json()["results"]
        assert (listed["id"], listed["status"]) == (payment["id"], "SUCCESS")

    @pytest.mark.parametrize("provider", ["stripe", "bkash"])
    def test_anywhere_else_an_unsigned_message_is_400_and_changes_nothing(
        self, call: Call, jack: User, booking: dict[str, Any], bkash: BkashProcess, provider: str
    ) -> None:
        payment = begin(call, jack, booking, provider)
        body = {"booking_id": booking["id"], "status": "SUCCESS", "transaction_id": payment["transaction_id"]}
        for said in (body, {**body, "booking_id": 999_999_999}, {}, [], "x"):
            answer = call(f"payments/webhook/{provider}/", said)
            assert (answer.status_code, answer.json()) == (400, {"detail": "The signature does not fit."})
        assert status_of(call, jack, booking) == "PENDING"

    def test_words_with_a_signature_that_does_not_fit_are_400_in_the_demonstration_too(
        self, call: Call, jack: User, booking: dict[str, Any], demonstration: BkashProcess
    ) -> None:
        begin(call, jack, booking)
        said = {"booking_id": booking["id"], "status": "SUCCESS", "Type": "Notification", "Signature": "AAAA"}
        assert call("payments/webhook/bkash/", said).status_code == 400
        assert status_of(call, jack, booking) == "PENDING"

    @pytest.mark.parametrize("provider", ["stripe", "bkash"])
    @pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 50_000, "\x00", "nonsense", ""])
    def test_a_message_that_nobody_can_read_is_400(self, bkash: BkashProcess, provider: str, body: str) -> None:
        answer = Client().post(f"/api/payments/webhook/{provider}/", body, content_type="application/json")
        assert (answer.status_code, answer.json()) == (400, {"detail": "The signature does not fit."})

    @pytest.mark.parametrize("number", [None, "x", -1, 10**30, 999_999_999, 1.5, [], True])
    def test_of_a_booking_that_is_not_there_nothing_is_done(
        self, call: Call, demonstration: BkashProcess, number: Any
    ) -> None:
        answer = call("payments/webhook/bkash/", {"booking_id": number, "status": "SUCCESS"})
        assert (answer.status_code, answer.json()) == (400, {"detail": "There is no such booking."})

    def test_only_posts_are_read(self, bkash: BkashProcess) -> None:
        assert Client().get("/api/payments/webhook/stripe/").status_code == 405
        assert Booking.objects.system("test").count() == 0
