"""Paying through Razorpay as the resort API's documents show it, with its simulator at the other end."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from freehold.accounts.models import User
from freehold.adapters.payments.razorpay import RazorpayProvider
from freehold.bookings.models import Booking
from freehold.config.wiring import wire
from freehold.core import outbox, outside
from freehold.payments.models import GatewayEvent, Payment
from freehold.properties.models import Listing
from tests.compat.resort.client import attempt, get, nights, post
from tests.contract.razorpay_rig import event_name, settings_for
from tests.factories import CompanyFactory, TaxFactory, UserFactory
from tests.simulators.conftest import listener, razorpay_simulator
from tests.simulators.process import Heard, Listener, eventually
from tests.simulators.razorpay_process import KEY_ID, RazorpayProcess
from tests.support.phones import code_for
from tests.support.promises import broken_promises
from tests.support.rooms import resort, rooms_of, units_taken
from tests.support.stays import let_the_hold_lapse

__all__ = ["listener", "razorpay_simulator"]

pytestmark = pytest.mark.django_db(transaction=True)
LARGEST = 2**63 - 1


class Till:
    """Razorpay's side: what it was told last, to hand to our address."""

    def __init__(self, simulator: RazorpayProcess, heard_at: Listener) -> None:
        self.simulator = simulator
        self._heard_at = heard_at
        self._address = simulator.listen(heard_at)

    def says(self, order_id: str, scenario: str, event: str) -> Heard:
        self.simulator.act(order_id, scenario)
        return eventually(
            lambda: next((each for each in self._heard_at.about(self._address) if event_name(each.body) == event), None)
        )

    @staticmethod
    def send(message: Heard, *, body: bytes | None = None, **changes: Any) -> Any:
        signed = {"X-Razorpay-Signature": message.headers["x-razorpay-signature"], **changes}
        answer = Client().post(
            "/api/booking/payment-callback/",
            message.body if body is None else body,
            content_type="application/json",
            headers={
                **{name: value for name, value in signed.items() if value},
                "X-Razorpay-Event-Id": message.headers.get("x-razorpay-event-id", ""),
            },
        )
        while outbox.deliver_due(worker_id="test"):
            pass
        return answer


@pytest.fixture
def till(razorpay_simulator: RazorpayProcess, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    monkeypatch.setattr(outside, "_gateways", {})
    outside.bind_payment_gateway(RazorpayProvider(settings_for(razorpay_simulator)), livemode=False)
    yield Till(razorpay_simulator, listener)
    wire()


@pytest.fixture
def guest() -> User:
    user: User = UserFactory()
    return user


@pytest.fixture
def place() -> Listing:
    return resort()


def initiate(user: User | None, number: Any) -> Any:
    return post("booking/initiate-payment/", {"booking_attempt_id": number}, user=user)


def booking_of(number: int) -> Booking:
    return Booking.objects.system("test").get(serial=number)


def test_an_order_is_opened_in_paise_and_told_in_rupees(till: Till, guest: User, place: Listing) -> None:
    number = attempt(place, guest)
    answer = initiate(guest, number)
    assert answer.status_code == 200, answer.content
    payment = Payment.objects.system("test").get()
    assert answer.json() == {
        "message": "Payment initiated.",
        "payment_id": payment.serial,
        "razorpay_order_id": payment.object_id,
        "razorpay_key": KEY_ID,
        "amount": 37500.00,
    }
    assert isinstance(answer.json()["amount"], float)
    order = till.simulator.api.get(f"/v1/orders/{payment.object_id}").json()
    assert (order["amount"], order["currency"]) == (3_750_000, "INR")


def test_asked_again_the_open_order_is_given_again(till: Till, guest: User, place: Listing) -> None:
    number = attempt(place, guest)
    assert initiate(guest, number).json() == initiate(guest, number).json()
    assert Payment.objects.system("test").count() == 1


def test_ages_that_change_the_price_need_a_new_order(till: Till, guest: User) -> None:
    company = CompanyFactory()
    head_tax = TaxFactory(company=company, kind="per_person_night", exempt_below_age=12)
    place = resort(property__company=company, rate_plan__taxes=[head_tax])
    (room, *_others) = rooms_of(place)
    number = attempt(place, guest, room)
    before = initiate(guest, number).json()
    guests = [{"room_id": room.serial, "name": name, "age": age} for name, age in (("Ann", 30), ("Tim", 8))]
    named = post("booking/add-guests/", {"booking_attempt_id": number, "guests": guests}, user=guest)
    assert named.status_code == 200, named.content
    after = initiate(guest, number).json()
    assert after["razorpay_order_id"] != before["razorpay_order_id"]
    assert before["amount"] - after["amount"] == 10.00, "five nights at 2.00"
    assert after["amount"] == booking_of(number).due_now_minor / 100


def test_a_captured_payment_makes_the_attempt_a_booking(till: Till, guest: User, place: Listing) -> None:
    room = rooms_of(place)[0]
    number = attempt(place, guest, room)
    order = initiate(guest, number).json()["razorpay_order_id"]
    captured = till.says(order, "pay", "payment.captured")
    assert till.send(captured).status_code == 200
    booking = booking_of(number)
    assert booking.state == "confirmed"
    assert units_taken(booking) == {room.pk}
    # Razorpay tells everything more than once.
    assert till.send(captured).status_code == 200
    assert GatewayEvent.objects.count() == 1
    again = initiate(guest, number)
    assert (again.status_code, set(again.json())) == (409, {"detail"})
    assert broken_promises() == []


@pytest.mark.parametrize("signature", ["", "0" * 64, "nonsense"])
def test_a_bad_signature_changes_nothing_and_is_400(till: Till, guest: User, place: Listing, signature: str) -> None:
    number = attempt(place, guest)
    order = initiate(guest, number).json()["razorpay_order_id"]
    captured = till.says(order, "pay", "payment.captured")
    assert till.send(captured, **{"X-Razorpay-Signature": signature}).status_code == 400
    other = json.dumps({**json.loads(captured.body), "account_id": "acc_other"}).encode()
    assert till.send(captured, body=other).status_code == 400
    assert booking_of(number).state == "pending_payment"
    assert not GatewayEvent.objects.exists()
    assert len(units_taken(booking_of(number))) == 1


def test_a_failed_payment_keeps_the_rooms_until_their_time_is_over(till: Till, guest: User, place: Listing) -> None:
    room = rooms_of(place)[0]
    number = attempt(place, guest, room)
    order = initiate(guest, number).json()["razorpay_order_id"]
    failed = till.says(order, "decline", "payment.failed")
    assert till.send(failed).status_code == 200
    assert booking_of(number).state == "pending_payment"
    taken = post(
        "booking/select-rooms/",
        {"resort_id": place.property.serial, "room_ids": [room.serial], **nights(), "guests": 2},
        user=UserFactory(),
    )
    assert taken.status_code == 409
    # And the guest may try again.
    assert initiate(guest, number).status_code == 200
    let_the_hold_lapse(31)
    assert attempt(place, UserFactory(), room)


def test_unsigned_words_are_none(till: Till, guest: User, place: Listing) -> None:
    number = attempt(place, guest)
    initiate(guest, number)
    for body in ({"booking_attempt_id": number, "status": "SUCCESS"}, {"event": "payment.captured"}, [], "x"):
        answer = Client().post("/api/booking/payment-callback/", body, content_type="application/json")
        assert answer.status_code == 400
    assert Client().get("/api/booking/payment-callback/").status_code == 405
    assert booking_of(number).state == "pending_payment"


def test_an_attempt_that_is_over_or_somebody_else_s_takes_no_payment(till: Till, guest: User, place: Listing) -> None:
    number = attempt(place, guest)
    theirs, nobodys = initiate(UserFactory(), number), initiate(guest, LARGEST)
    assert (theirs.status_code, theirs.json()) == (nobodys.status_code, nobodys.json())
    assert nobodys.status_code == 404
    assert initiate(None, number).status_code == 401
    assert set(initiate(guest, "x").json()) == {"booking_attempt_id"}
    let_the_hold_lapse()
    answer = initiate(guest, number)
    assert (answer.status_code, answer.json()) == (409, {"detail": "The hold has expired."})


def test_where_razorpay_is_not_set_up_nothing_can_be_paid_there(
    guest: User, place: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "_gateways", {})
    answer = initiate(guest, attempt(place, guest))
    assert answer.status_code == 400
    wire()


def test_from_a_phone_number_to_a_paid_room(till: Till, place: Listing) -> None:
    """The whole flow of the documents, with nothing but their requests."""
    post("auth/otp/request/", {"phone_number": "9999988888"})
    otp = code_for("+919999988888")
    access = post("auth/otp/verify/", {"phone_number": "9999988888", "otp": otp}).json()["access"]
    (found,) = get("rooms/search/", {"location": "Goa", **nights(), "guests": 2}, bearer=access).json()
    room = found["available_rooms"][0]["id"]
    chosen = {"resort_id": found["resort_id"], "room_ids": [room], **nights(), "guests": 2}
    number = post("booking/select-rooms/", chosen, bearer=access).json()["booking_attempt_id"]
    guests = [{"room_id": room, "name": "Alice", "age": 30}, {"room_id": room, "name": "Bob", "age": 32}]
    post("booking/add-guests/", {"booking_attempt_id": number, "guests": guests}, bearer=access)
    order = post("booking/initiate-payment/", {"booking_attempt_id": number}, bearer=access).json()
    till.send(till.says(order["razorpay_order_id"], "pay", "payment.captured"))
    booking = booking_of(number)
    assert booking.state == "confirmed"
    assert [each.name for each in booking.guests.all()] == ["Alice", "Bob"]
    (left,) = get("rooms/search/", {"location": "Goa", **nights(), "guests": 2}, bearer=access).json()
    assert room not in [each["id"] for each in left["available_rooms"]]
