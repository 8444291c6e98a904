"""Whoever says "that money is mine" gets it only where nobody else could mean it; who guesses learns nothing."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from freehold.bookings.models import Booking
from freehold.bookings.services.claim_payment import PER_PERSON
from freehold.core.actor import Actor
from freehold.core.models import OutboxMessage
from freehold.domain.money import Money
from freehold.payments.events import CreditClaimed
from freehold.payments.models import Credit, ReviewItem
from freehold.payments.services.allocate_credit import allocate_credit
from freehold.payments.services.claim_credit import settle_claim
from freehold.payments.services.receive_credit import match_credit, store_credit
from freehold.ports.credit_notice import CreditNotice
from tests.factories import CompanyFactory, ListingFactory, MembershipFactory, UserFactory
from tests.support.booked import hold
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db

RECEIVED = (202, {"status": "received"})


@pytest.fixture
def booking() -> Booking:
    return hold(ListingFactory())


def another(booking: Booking) -> Booking:
    """Of the same company and price, on other days, for somebody else."""
    return hold(booking.items.get().listing, arrive_in=60)


def a_credit(booking: Booking, **said: Any) -> Credit:
    """Unmatched money of what the booking owes."""
    company_id, trusted = said.pop("company_id", booking.company_id), said.pop("trusted", True)
    given = {"reference": "rent", "external_id": "SFT4XQ12AB", "minor": booking.due_now_minor, **said}
    amount = Money(given.pop("minor"), booking.currency)
    notice = CreditNotice(source=given.pop("source", "jenga"), account="0123", amount=amount, **given)
    credit = store_credit(notice=notice, company_id=company_id, account="main", trusted=trusted)
    match_credit(credit_id=credit.pk)
    credit.refresh_from_db()
    return credit


def claim(booking: Booking, *, code: str = "sft4xq12ab", minor: int | None = None, user: Any = None) -> Any:
    """What the payer is answered; and what was promised for afterwards is done."""
    api = APIClient()
    api.force_authenticate(user or booking.booker)
    amount = Money(booking.due_now_minor if minor is None else minor, booking.currency)
    answer = api.post(
        f"/api/v1/bookings/{booking.pk}/claim-payment/", {"code": code, "amount": amount.to_json()}, format="json"
    )
    for message in OutboxMessage.objects.filter(event__endswith=CreditClaimed.__name__):
        settle_claim(review_item_id=message.payload["review_item_id"])
    return answer.status_code, answer.json()


def is_at_the_desk(credit: Credit) -> bool:
    credit.refresh_from_db()
    return credit.state == Credit.State.UNMATCHED


def open_claims() -> int:
    return ReviewItem.objects.filter(kind=ReviewItem.Kind.PAYER_CLAIM, resolved_at=None).count()


def test_the_code_and_the_exact_amount_pay_the_booking(booking: Booking) -> None:
    credit = a_credit(booking)
    assert claim(booking) == RECEIVED
    credit.refresh_from_db()
    booking.refresh_from_db()
    assert (credit.state, booking.state, open_claims()) == (Credit.State.ALLOCATED, "confirmed", 0)
    assert broken_promises() == []


def test_what_does_not_fit_is_answered_alike_and_left_to_people(booking: Booking) -> None:
    credit = a_credit(booking)
    assert claim(booking, code="SFT4XQ12AC") == RECEIVED  # a guess
    assert claim(booking, minor=booking.due_now_minor - 1) == RECEIVED  # a code that was seen, without the amount
    assert is_at_the_desk(credit)
    assert open_claims() == 2


@pytest.mark.parametrize(
    "said",
    [
        {"trusted": False},
        {"other_company": True},
        {"names_another": True},
        {"told_twice": True},
    ],
)
def test_money_in_doubt_is_taken_by_nobody(booking: Booking, said: dict[str, bool]) -> None:
    other = another(booking)
    credit = a_credit(
        booking,
        trusted=said.get("trusted", True),
        company_id=CompanyFactory().pk if said.get("other_company") else booking.company_id,
        reference=f"{other.reference} or {booking.reference}" if said.get("names_another") else "rent",
    )
    if said.get("told_twice"):
        a_credit(booking, source="kcb")
    assert claim(booking) == RECEIVED
    assert is_at_the_desk(credit)
    booking.refresh_from_db()
    assert booking.state == "held"


def test_what_was_allocated_is_not_taken_away(booking: Booking) -> None:
    other = another(booking)
    credit = a_credit(booking)
    allocate_credit(actor=Actor.system("test"), credit_id=credit.pk, folio_id=other.folio_id)
    assert claim(booking) == RECEIVED
    credit.refresh_from_db()
    booking.refresh_from_db()
    assert (credit.payment.folio_id, booking.state) == (other.folio_id, "held")


def test_money_that_two_claim_is_for_people(booking: Booking) -> None:
    """The first to say so spoke before the bank did."""
    other = another(booking)
    assert claim(other, minor=booking.due_now_minor) == RECEIVED
    credit = a_credit(booking)
    assert claim(booking) == RECEIVED
    assert is_at_the_desk(credit)


def test_a_booking_that_owes_nothing_takes_no_money_by_itself(booking: Booking) -> None:
    booking.folio.receivables.update(written_off_minor=booking.folio.receivables.get().amount_minor)
    credit = a_credit(booking)
    assert claim(booking) == RECEIVED
    assert is_at_the_desk(credit)


def test_only_the_booker_speaks_for_a_booking(booking: Booking) -> None:
    credit = a_credit(booking)
    assert claim(booking, user=UserFactory())[0] == 404
    assert is_at_the_desk(credit)


def test_who_guesses_is_stopped_soon(booking: Booking) -> None:
    answers = [claim(booking, code=f"GUESS{number:05}")[0] for number in range(PER_PERSON.amount + 1)]
    assert answers == [202] * PER_PERSON.amount + [429]


@pytest.mark.parametrize(
    ("wrong", "attr"), [({"code": "x"}, "code"), ({"code": "<script>"}, "code"), ({"minor": 0}, "amount")]
)
def test_what_makes_no_sense_is_told(booking: Booking, wrong: dict[str, Any], attr: str) -> None:
    status, answer = claim(booking, **wrong)
    assert (status, answer["errors"][0]["attr"]) == (400, attr)
    assert open_claims() == 0


def test_the_desk_sees_who_claims_and_one_click_ends_it(client: Client, booking: Booking) -> None:
    credit = a_credit(booking, trusted=False)
    claim(booking)
    client.force_login(MembershipFactory(company=booking.company, role="staff").user)
    text = client.get(reverse("console:money_waiting")).text
    assert "A payer says that money is theirs" in text
    assert "its payer says so" in text
    client.post(reverse("console:money_credit", args=[credit.pk, "allocate"]), {"note": booking.reference})
    assert open_claims() == 0


def test_the_trips_page_leads_to_the_form(client: Client, booking: Booking) -> None:
    client.force_login(booking.booker)
    there = reverse("site:claim", args=[booking.reference])
    assert there in client.get(reverse("site:trip", args=[booking.reference])).text
    assert client.post(there, {"code": "SFT4XQ12AB", "amount": "a lot"}).status_code == 400
    answer = client.post(there, {"code": "SFT4XQ12AB", "amount": "12.00"}, follow=True)
    assert "Thank you." in answer.text
    assert open_claims() == 1
