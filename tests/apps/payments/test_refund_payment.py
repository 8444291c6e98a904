"""Staff give a payment back, all that is left of it or a part; the booking stands as it is."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.companies.models import Company
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict, NotFound
from freehold.core.models import IdempotencyKey
from freehold.domain.money import Money
from freehold.domain.payment_states import DisputeState, PaymentState, RefundState
from freehold.finance.selectors import folio_balance
from freehold.payments import by_hand
from freehold.payments.models import Payment, Refund
from freehold.payments.services import refund_payment as module
from freehold.payments.services.apply_dispute import apply_dispute
from freehold.payments.services.refund_payment import refund_payment, refundable_of
from freehold.ports.payment_gateway import DisputeSnapshot
from tests.apps.payments.builders import a_folio, a_payment, a_refund, usd
from tests.apps.payments.shop import account_balance
from tests.factories import ListingFactory, MembershipFactory, UserFactory
from tests.support.booked import confirmed
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold() -> tuple[Booking, Payment]:
    booking, payment = confirmed(ListingFactory())
    payment.refresh_from_db()
    return booking, payment


@pytest.fixture
def payment(sold: tuple[Booking, Payment]) -> Payment:
    return sold[1]


@pytest.fixture
def staff(payment: Payment) -> Actor:
    return member(payment.company, "staff")


def member(company: Company, role: str) -> Actor:
    return Actor.of(MembershipFactory(company=company, role=role).user)


def give(actor: Actor, payment: Payment, minor: int | None = None, **changes: Any) -> Refund:
    amount = None if minor is None else Money(minor, payment.currency)
    given = {"amount": amount, "reason": "No hot water", "key": uuid4().hex, **changes}
    return refund_payment(actor=actor, payment_id=payment.pk, **given)


# --- what it does -------------------------------------------------------------------------------------------


def test_half_goes_back_and_the_booking_stands(staff: Actor, sold: tuple[Booking, Payment]) -> None:
    booking, payment = sold
    half = payment.amount_minor // 2
    refund = give(staff, payment, half)
    assert (refund.state, refund.amount_minor, refund.requested_by_id) == (RefundState.CREATED, half, staff.user_id)
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    assert folio_balance(booking.folio_id).owed.minor == half, "what it had paid for is open again"
    assert account_balance(booking.folio, "refunds_payable") == -half
    assert account_balance(booking.folio, "receivable") == half
    assert broken_promises() == []


def test_without_an_amount_all_that_is_left_goes_back(staff: Actor, payment: Payment) -> None:
    give(staff, payment, 10_000)
    assert give(staff, payment).amount_minor == payment.received_minor - 10_000
    with pytest.raises(Conflict) as refusal:
        give(staff, payment)
    assert refusal.value.code == "nothing_to_refund"
    assert broken_promises() == []


def test_the_same_form_twice_is_one_refund(staff: Actor, payment: Payment) -> None:
    key = uuid4().hex
    first = give(staff, payment, 10_000, key=key)
    assert give(staff, payment, 10_000, key=key).pk == first.pk
    with pytest.raises(Conflict) as refusal:
        give(staff, payment, 5_000, key=key)
    assert refusal.value.code == "refund_key_used"
    assert Refund.objects.company(payment.company_id).count() == 1


def test_a_refund_that_failed_can_be_decided_anew(staff: Actor, payment: Payment) -> None:
    a_refund(payment, amount=payment.received_minor, state=RefundState.FAILED)
    assert give(staff, payment).amount_minor == payment.received_minor


# --- what it refuses ----------------------------------------------------------------------------------------


def test_more_than_what_is_left_is_refused_with_what_is_left(staff: Actor, payment: Payment) -> None:
    give(staff, payment, payment.received_minor - 5_000)
    with pytest.raises(Conflict) as refusal:
        give(staff, payment, 5_001)
    assert (refusal.value.code, "50.00 USD" in refusal.value.detail) == ("refund_exceeds_payment", True)


@pytest.mark.parametrize(
    ("change", "code", "attr"),
    [
        ({"amount": usd(0)}, "amount_not_positive", "amount"),
        ({"amount": Money(100, "EUR")}, "other_currency", "amount"),
        ({"reason": "   "}, "required", "reason"),
        ({"reason": "x" * 201}, "too_long", "reason"),
    ],
)
def test_bad_input_is_told_beside_its_field(
    staff: Actor, payment: Payment, change: dict[str, Any], code: str, attr: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        give(staff, payment, **{"minor": 100, **change} if "amount" not in change else change)
    assert (refusal.value.code, refusal.value.errors[0].attr) == (code, attr)
    assert not Refund.objects.company(payment.company_id).exists()


def test_what_the_payers_bank_disputes_is_not_given_back_a_second_time(staff: Actor, payment: Payment) -> None:
    disputed = payment.received_minor - 10_000
    snapshot = DisputeSnapshot("dp_1", DisputeState.OPEN, usd(disputed), withdrawn=usd(disputed), reason="fraudulent")
    apply_dispute(payment_id=payment.pk, snapshot=snapshot)
    with pytest.raises(Conflict) as refusal:
        give(staff, payment)
    assert refusal.value.code == "payment_disputed"
    assert refundable_of(payment).now == usd(10_000)
    assert give(staff, payment, 10_000).amount_minor == 10_000


def test_money_that_waits_for_a_decision_is_decided_there(staff: Actor, payment: Payment) -> None:
    odd = a_payment(a_folio(54_000, company=payment.company), received=20_000, announced_minor=0)
    with pytest.raises(Conflict) as refusal:
        give(staff, odd)
    assert refusal.value.code == "payment_in_review"


def test_a_payment_that_brought_nothing_has_nothing_to_give(staff: Actor, payment: Payment) -> None:
    empty = a_payment(a_folio(54_000, company=payment.company), received=0, state=PaymentState.PENDING)
    with pytest.raises(Conflict) as refusal:
        give(staff, empty)
    assert refusal.value.code == "nothing_to_refund"


def test_steps_of_the_provider_are_known_before_it_is_asked(
    staff: Actor, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Whole:
        caps = replace(by_hand.ByHand("cash").caps, step_minor={"USD": 100}, partial_refund=True)

    monkeypatch.setattr(module, "gateway_of", lambda payment: Whole)
    with pytest.raises(BadInput) as refusal:
        give(staff, payment, 1_050)
    assert refusal.value.code == "step"
    Whole.caps = replace(Whole.caps, partial_refund=False)
    with pytest.raises(BadInput) as refusal:
        give(staff, payment, 1_000)
    assert refusal.value.code == "partial_refund"
    assert give(staff, payment).amount_minor == payment.received_minor


def test_hosts_are_refused_and_strangers_find_nothing(payment: Payment) -> None:
    with pytest.raises(AccessDenied):
        give(member(payment.company, "host"), payment)
    for stranger in (member(ListingFactory().company, "staff"), Actor.of(UserFactory()), Actor.of(payment.payer)):
        with pytest.raises(NotFound):
            give(stranger, payment)


# --- over HTTP ----------------------------------------------------------------------------------------------


@pytest.fixture
def person(client: Client, payment: Payment) -> User:
    user: User = MembershipFactory(company=payment.company, role="staff").user
    client.force_login(user)
    return user


def post(client: Client, payment: Payment, body: dict[str, Any], key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    path = f"/api/v1/host/payments/{payment.pk}/refund/"
    return client.post(path, body, content_type="application/json", headers=headers)


def test_the_api_gives_back_once_per_idempotency_key(client: Client, person: User, payment: Payment) -> None:
    body = {"amount": {"amount": "100.00", "currency": "USD"}, "reason": "No hot water"}
    first, again = post(client, payment, body, key="k-1"), post(client, payment, body, key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["amount"] == {"amount": "100.00", "currency": "USD"}
    assert Refund.objects.company(payment.company_id).count() == 1
    assert post(client, payment, body, key="k-2").json()["id"] != first.json()["id"]


def test_the_api_gives_nothing_back_without_a_key_so_that_a_retry_cannot_double_it(
    client: Client, person: User, payment: Payment
) -> None:
    body = {"amount": {"amount": "100.00", "currency": "USD"}, "reason": "No hot water"}
    for key, code in (("", "idempotency_key_required"), ("x" * 256, "invalid_idempotency_key")):
        refused = post(client, payment, body, key=key)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, code)
    assert not Refund.objects.company(payment.company_id).exists()


def test_a_key_gives_back_once_even_when_its_answer_is_forgotten(
    client: Client, person: User, payment: Payment
) -> None:
    body = {"amount": {"amount": "100.00", "currency": "USD"}, "reason": "No hot water"}
    first = post(client, payment, body, key="k-1")
    IdempotencyKey.objects.all().delete()
    assert post(client, payment, body, key="k-1").json()["id"] == first.json()["id"]
    IdempotencyKey.objects.all().delete()
    other = post(client, payment, {**body, "amount": {"amount": "90.00", "currency": "USD"}}, key="k-1")
    assert (other.status_code, other.json()["errors"][0]["code"]) == (409, "refund_key_used")
    assert Refund.objects.company(payment.company_id).count() == 1


def test_the_manual_says_where_the_key_is_needed() -> None:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]

    def is_required(path: str) -> bool:
        named = {each["name"]: each for each in paths[path]["post"]["parameters"]}
        return bool(named["Idempotency-Key"].get("required", False))

    assert is_required("/api/v1/host/payments/{payment_id}/refund/")
    assert not is_required("/api/v1/bookings/")


def test_the_api_says_what_is_wrong_in_the_one_shape(client: Client, person: User, payment: Payment) -> None:
    missing = post(client, payment, {}, key="k-1")
    assert (missing.status_code, missing.json()["errors"][0]["attr"]) == (400, "reason")
    much = post(client, payment, {"amount": {"amount": "99999.00", "currency": "USD"}, "reason": "?"}, key="k-2")
    assert (much.status_code, much.json()["errors"][0]["code"]) == (409, "refund_exceeds_payment")
