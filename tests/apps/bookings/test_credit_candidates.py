"""Money that nobody matched is shown with the bookings that it may be for, at the desk and to programs."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from freehold.bookings.credit_candidates import credit_candidates
from freehold.bookings.models import Booking
from freehold.companies.models import Company
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied
from freehold.domain.money import Money
from freehold.domain.references import ALPHABET, Clue
from freehold.payments.models import Credit
from freehold.payments.services.receive_credit import store_credit
from freehold.ports.credit_notice import CreditNotice
from tests.factories import CompanyFactory, ListingFactory, MembershipFactory, UserFactory
from tests.support.booked import hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking() -> Booking:
    booker = UserFactory(phone="+254712345678", first_name="Wanjiru", last_name="Kamau")
    return hold(ListingFactory(), booker=booker)


@pytest.fixture
def company(booking: Booking) -> Company:
    return booking.company


def staff_of(company: Company, role: str = "staff") -> Any:
    return MembershipFactory(company=company, role=role).user


def a_credit(
    booking: Booking, *, name: str = "T1", minor: int = 7, company: Company | None = None, **said: Any
) -> Credit:
    notice = CreditNotice("jenga", name, "0123", Money(minor, booking.currency), **{"reference": "rent", **said})
    whose = company or booking.company
    return store_credit(notice=notice, company_id=whose.pk, account="main", trusted=True)


def clues(credit: Credit) -> list[tuple[str, set[Clue]]]:
    actor = Actor.of(staff_of(credit.company))
    found = credit_candidates(actor=actor, company_id=credit.company_id, credits=[credit])
    return [(each.owed.reference, set(each.clues)) for each in found[credit.pk]]


def slip(reference: str) -> str:
    """The reference with another last character."""
    return reference[:-1] + next(letter for letter in ALPHABET if letter != reference[-1])


def test_each_clue_points_to_the_booking(booking: Booking) -> None:
    asked = booking.due_now_minor
    for number, (said, clue) in enumerate(
        [
            ({"reference": booking.reference}, Clue.REFERENCE),
            ({"reference": slip(booking.reference)}, Clue.SIMILAR),
            ({"payer_phone": "0712 345 678"}, Clue.PHONE),
            ({"payer_name": "KAMAU WANJIRU"}, Clue.NAME),
            ({"minor": asked}, Clue.AMOUNT),
        ]
    ):
        assert clues(a_credit(booking, name=f"T{number}", **said)) == [(booking.reference, {clue})], said
    assert clues(a_credit(booking, name="none")) == []


def test_another_companys_bookings_and_credits_are_not_looked_at(booking: Booking) -> None:
    other = CompanyFactory()
    foreign = a_credit(booking, company=other, minor=booking.due_now_minor, reference=booking.reference)
    assert clues(foreign) == []
    actor = Actor.of(staff_of(booking.company))
    assert credit_candidates(actor=actor, company_id=booking.company_id, credits=[foreign]) == {}
    host = Actor.of(staff_of(booking.company, "host"))
    with pytest.raises(AccessDenied):
        credit_candidates(actor=host, company_id=booking.company_id, credits=[])


def test_many_cost_as_much_as_one(booking: Booking, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    actor = Actor.of(staff_of(booking.company))
    credits = [a_credit(booking, name=f"T{number}", payer_phone="0712345678") for number in range(10)]
    with django_assert_max_num_queries(6):  # who may, and four
        found = credit_candidates(actor=actor, company_id=booking.company_id, credits=credits)
    assert len(found) == 10


def test_one_click_at_the_desk_allocates(client: Client, booking: Booking, company: Company) -> None:
    client.force_login(staff_of(company))
    credit = a_credit(booking, minor=booking.due_now_minor, payer_phone="0712345678")
    text = client.get(reverse("console:money_waiting")).text
    assert f"Allocate to {booking.reference}" in text
    assert "same telephone, same amount" in text
    client.post(reverse("console:money_credit", args=[credit.pk, "allocate"]), {"note": booking.reference})
    credit.refresh_from_db()
    booking.refresh_from_db()
    assert (credit.state, booking.state) == (Credit.State.ALLOCATED, "confirmed")


def test_programs_are_told_too(booking: Booking, company: Company) -> None:
    api = APIClient()
    api.force_authenticate(staff_of(company))
    a_credit(booking, minor=booking.due_now_minor)
    (shown,) = api.get("/api/v1/host/credits/", {"company_id": str(company.pk)}).json()["results"]
    (candidate,) = shown["candidates"]
    assert (candidate["booking"], candidate["clues"], candidate["weight"]) == (booking.reference, ["amount"], 2)
