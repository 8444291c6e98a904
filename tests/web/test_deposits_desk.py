"""Damage deposits at the desk: what the list and the booking show, what they cost, and what their buttons do."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from freehold.bookings.models import DamageDeposit
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment
from tests.factories import ListingFactory, MembershipFactory
from tests.support.booked import hold, money_comes, open_attempt
from tests.support.deposits import arrived, bank_says, bind_a_sandbox, booked_with_deposit, held

pytestmark = pytest.mark.django_db

LIST_QUERIES = 7


@pytest.fixture
def deposit(client: Client) -> DamageDeposit:
    bind_a_sandbox()
    made = booked_with_deposit(arrive_in=3)
    client.force_login(MembershipFactory(company_id=made.company_id, role="staff").user)
    return made


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    answer = client.get(reverse(f"console:{name}", args=args), query)
    assert answer.status_code == 200
    return str(answer.text)


def press(client: Client, deposit: DamageDeposit, step: str, **fields: str) -> str:
    address = reverse("console:deposit_step", args=[deposit.pk, step])
    text = str(client.post(address, fields, follow=True).text)
    deposit.refresh_from_db()
    return text


def test_the_list_shows_what_is_open_and_until_when(client: Client, deposit: DamageDeposit) -> None:
    text = page(client, "deposits")
    assert deposit.booking.reference in text
    assert "The guest is asked on" in text
    held(deposit)
    text = page(client, "deposits", state="held")
    assert "The bank holds it until" in text
    assert "no money has moved" in text
    assert "No deposits here" in page(client, "deposits", state="kept")
    assert deposit.booking.reference in page(client, "deposits", state="nonsense")


def test_the_list_costs_the_same_for_many(
    client: Client, deposit: DamageDeposit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page(client, "deposits")
    with django_assert_num_queries(LIST_QUERIES):
        page(client, "deposits")


def test_a_claim_is_made_on_the_booking(client: Client, deposit: DamageDeposit) -> None:
    payment = held(deposit)
    assert "Claim for damage" not in page(client, "booking", deposit.booking.reference)
    arrived(deposit)
    assert "Claim for damage" in page(client, "booking", deposit.booking.reference)
    assert "Only" in press(client, deposit, "claim", amount="400.00", reason="A lamp")
    assert deposit.state == "held"
    text = press(client, deposit, "claim", amount="120.00", reason="A lamp", note="It was old.")
    assert "A lamp" in text
    payment.refresh_from_db()
    assert (deposit.state, payment.capture_minor) == ("claimed", 12_000)


def test_what_was_kept_and_released_is_told_wherever_it_stands(client: Client, deposit: DamageDeposit) -> None:
    payment = held(deposit)
    arrived(deposit)
    press(client, deposit, "claim", amount="120.00", reason="A lamp")
    money_comes(payment, 12_000)
    for text in (page(client, "deposits", state="kept"), page(client, "booking", deposit.booking.reference)):
        assert "$120.00 kept, $180.00 released." in text
        assert "no money has moved" not in text


@pytest.mark.parametrize("amount", ["", "a lot", "-5", "1e9", "12.345"])
def test_what_is_no_amount_claims_nothing(client: Client, deposit: DamageDeposit, amount: str) -> None:
    held(deposit)
    press(client, deposit, "claim", amount=amount, reason="A lamp")
    assert deposit.state == "held"


def test_it_is_released_or_done_without(client: Client, deposit: DamageDeposit) -> None:
    held(deposit)
    press(client, deposit, "release")
    assert deposit.state == "released"
    other = booked_with_deposit()
    client.force_login(MembershipFactory(company_id=other.company_id, role="staff").user)
    press(client, other, "waive")
    assert other.state == "waived"


def test_a_step_that_is_none_is_not_found(client: Client, deposit: DamageDeposit) -> None:
    assert client.post(reverse("console:deposit_step", args=[deposit.pk, "burn"])).status_code == 404


def test_who_may_only_look_has_no_buttons(client: Client, deposit: DamageDeposit) -> None:
    held(deposit)
    client.force_login(MembershipFactory(company_id=deposit.company_id, role="host").user)
    assert "Claim for damage" not in page(client, "booking", deposit.booking.reference)


def test_the_payment_of_a_deposit_leads_to_the_deposits_and_is_not_refunded(
    client: Client, deposit: DamageDeposit
) -> None:
    payment = held(deposit)
    text = page(client, "payment", payment.pk)
    assert reverse("console:deposits") in text
    assert "Take what is held" not in text
    assert "Held until" in text


def test_what_is_held_for_a_booking_is_taken_from_its_page(client: Client) -> None:
    bind_a_sandbox()
    booking = hold(ListingFactory(rate_plan__capture="by_hand"), arrive_in=3)
    payment = open_attempt(booking)
    Payment.objects.system("test").filter(pk=payment.pk).update(capture="manual")
    payment.refresh_from_db()
    bank_says(payment, PaymentState.AUTHORIZED)
    client.force_login(MembershipFactory(company=booking.company, role="staff").user)
    assert "Take what is held" in page(client, "payment", payment.pk)
    client.post(reverse("console:payment_capture", args=[payment.pk]))
    payment.refresh_from_db()
    assert payment.capture_minor == payment.amount_minor
    assert "Take what is held" not in page(client, "payment", payment.pk)


def test_the_api_lists_and_decides(client: Client, deposit: DamageDeposit) -> None:
    held(deposit)
    arrived(deposit)
    listed = client.get("/api/v1/host/deposits/", {"company_id": str(deposit.company_id)}).json()["results"]
    assert [(each["id"], each["status"], each["method"]) for each in listed] == [
        (str(deposit.pk), "held", "authorization")
    ]
    claim = {"amount": {"amount": "10.00", "currency": "USD"}, "reason": "A cup"}
    answer = client.post(f"/api/v1/host/deposits/{deposit.pk}/claim/", claim, content_type="application/json")
    assert (answer.status_code, answer.json()["status"]) == (200, "claimed")
    again = client.post(f"/api/v1/host/deposits/{deposit.pk}/release/", {}, content_type="application/json")
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "not_held")


def test_a_guest_sees_who_only_holds_it(client: Client, deposit: DamageDeposit) -> None:
    client.force_login(deposit.booking.booker)
    shown = client.get(f"/api/v1/bookings/{deposit.booking_id}/deposit/").json()
    assert (shown["status"], shown["may_be_left"]) == ("planned", True)
    assert {"provider": "sandbox", "needs_phone": False, "is_only_held": True} in shown["providers"]
