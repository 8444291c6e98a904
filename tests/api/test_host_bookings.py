"""A host looks through the company's bookings, answers requests and keeps the desk, over the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from freehold.companies.models import Membership
from freehold.core import clock
from freehold.properties.models import Listing
from tests.factories import ListingFactory, MembershipFactory, UserFactory
from tests.support.booked import hold
from tests.support.stays import in_days, let_the_hold_lapse

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Membership:
    member: Membership = MembershipFactory(role="host")
    return member


@pytest.fixture
def host(client: Client, member: Membership) -> Client:
    client.force_login(member.user)
    return client


def listed(host: Client, member: Membership, **query: Any) -> list[dict[str, Any]]:
    answer = host.get("/api/v1/host/bookings/", {"company_id": str(member.company_id), **query})
    assert answer.status_code == 200, answer.content
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def references(rows: list[dict[str, Any]]) -> set[str]:
    return {row["reference"] for row in rows}


def post(host: Client, path: str, body: Any = None, status: int = 200) -> Any:
    answer = host.post(f"/api/v1{path}", body or {}, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_the_list_shows_the_companys_bookings_and_no_others(host: Client, member: Membership) -> None:
    mine = hold(ListingFactory(company=member.company))
    hold(ListingFactory())
    (row,) = listed(host, member)
    assert (row["reference"], row["booker"]["email"]) == (mine.reference, mine.booker.email)


def test_the_list_is_filtered_by_what_people_ask_for(host: Client, member: Membership) -> None:
    first, second = (ListingFactory(company=member.company) for _ in range(2))
    early = hold(first, arrive_in=10, nights=2)
    late = hold(second, arrive_in=40, nights=2, booker=UserFactory(last_name="Okafor"))
    asked = hold(ListingFactory(company=member.company, acceptance=Listing.Acceptance.REQUEST), arrive_in=60)
    assert references(listed(host, member, status="requested")) == {asked.reference}
    assert references(listed(host, member, listing=str(first.pk))) == {early.reference}
    assert references(listed(host, member, to=str(in_days(11)))) == {early.reference}
    span = {"from": str(in_days(42)), "to": str(in_days(50))}
    assert references(listed(host, member, **span)) == {late.reference}
    assert references(listed(host, member, q="okaf")) == {late.reference}
    assert references(listed(host, member, q=early.reference[3:].lower())) == {early.reference}
    assert listed(host, member, status="completed") == []
    let_the_hold_lapse()
    assert references(listed(host, member, status="expired")) == {early.reference, late.reference}
    assert listed(host, member, status="held") == []


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ({"status": "lost"}, "status"),
        ({"from": "2026-02-30"}, "from"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "to"),
        ({"listing": "x"}, "listing"),
        ({"page_size": "0"}, "page_size"),
        ({"cursor": "x"}, "cursor"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_odd_filters_are_refused_with_their_field(
    host: Client, member: Membership, query: dict[str, str], attr: str
) -> None:
    answer = host.get("/api/v1/host/bookings/", {"company_id": str(member.company_id), **query})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == attr


def test_a_page_of_bookings_costs_the_same_however_long(
    host: Client, member: Membership, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        hold(ListingFactory(company=member.company), arrive_in=30 + number)
    with django_assert_max_num_queries(12):
        page = host.get("/api/v1/host/bookings/", {"company_id": str(member.company_id), "page_size": 5}).json()
    assert len(page["results"]) == 5
    arrivals = [row["starts_at"] for row in page["results"]]
    assert arrivals == sorted(arrivals, reverse=True)
    rest = host.get(page["next"]).json()
    assert len(rest["results"]) == 1


def test_a_request_is_accepted_with_a_word_and_then_waits_for_the_money(host: Client, member: Membership) -> None:
    booking = hold(ListingFactory(company=member.company, acceptance=Listing.Acceptance.REQUEST))
    answer = post(host, f"/bookings/{booking.pk}/accept/", {"note": "See you soon!"})
    assert (answer["status"], answer["acceptance"], answer["answer_note"]) == ("held", "request", "See you soon!")
    assert answer["answered_at"] is not None
    refusal = post(host, f"/bookings/{booking.pk}/decline/", status=409)
    assert refusal["errors"][0]["code"] == "not_requested"


def test_a_note_that_is_too_long_changes_nothing(host: Client, member: Membership) -> None:
    booking = hold(ListingFactory(company=member.company, acceptance=Listing.Acceptance.REQUEST))
    refusal = post(host, f"/bookings/{booking.pk}/decline/", {"note": "x" * 1001}, status=400)
    assert refusal["errors"][0]["attr"] == "note"
    booking.refresh_from_db()
    assert booking.state == "requested"


def test_the_desk_takes_a_guest_in_and_out_and_back(host: Client, member: Membership) -> None:
    listing = ListingFactory(company=member.company, payment_terms=Listing.PaymentTerms.AT_PROPERTY)
    booking = hold(listing, arrive_in=1)
    desk = f"/host/bookings/{booking.pk}"
    clock.move(booking.starts_at + timedelta(hours=1) - clock.database_now())
    steps = ["check-in", "check-out", "undo-check-out", "undo-check-in"]
    states = [post(host, f"{desk}/{step}/")["status"] for step in steps]
    assert states == ["in_house", "completed", "in_house", "confirmed"]
    assert post(host, f"{desk}/no-show/", status=409)["errors"][0]["code"] == "too_early"
    clock.move(timedelta(hours=12))
    assert post(host, f"{desk}/no-show/")["status"] == "no_show"
