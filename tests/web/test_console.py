"""The console with real rows behind it: what each member sees, what the buttons do, what a page costs."""

import csv
import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from freehold.accounts.models import DataExport
from freehold.bookings.models import Booking
from freehold.bookings.services.check_in_booking import check_in_booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.companies.models import Membership
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.domain.payment_states import PaymentState
from freehold.properties.models import Listing
from freehold.web import console
from tests.apps.payments.builders import a_folio, a_payment
from tests.factories import ListingFactory, MembershipFactory, UserFactory
from tests.support.booked import SYSTEM, confirmed, hold
from tests.support.slots import a_slot, slot_listing
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db

MOST_QUERIES = 21


@pytest.fixture
def member(client: Client) -> Membership:
    member: Membership = MembershipFactory(role="host", company__name="Blue Houses")
    client.force_login(member.user)
    return member


def listing_of(member: Membership, **options: Any) -> Listing:
    listing: Listing = ListingFactory(company=member.company, **options)
    return listing


def asked(member: Membership, **options: Any) -> Booking:
    return hold(listing_of(member, acceptance=Listing.Acceptance.REQUEST), **options)


def arrived(member: Membership, **options: Any) -> Booking:
    """A stay whose check-in time has come."""
    booking = hold(listing_of(member, payment_terms=Listing.PaymentTerms.AT_PROPERTY), arrive_in=1, **options)
    clock.move(booking.starts_at + timedelta(minutes=1) - clock.database_now())
    return booking


def press(client: Client, booking: Booking, step: str, **fields: str) -> Any:
    return client.post(reverse("console:act", args=[booking.reference, step]), fields, follow=True)


def state_of(booking: Booking) -> str:
    booking.refresh_from_db()
    return booking.state


def section(page: Any, slug: str) -> list[str]:
    (found,) = [each for each in page.context["sections"] if each["slug"] == slug]
    return [booking.reference for booking in found["bookings"]]


def test_a_member_finds_the_console_in_the_menu_and_a_guest_does_not(client: Client, member: Membership) -> None:
    assert reverse("console:today") in client.get("/").text
    client.force_login(UserFactory())
    assert reverse("console:today") not in client.get("/").text
    assert client.get(reverse("console:today")).status_code == 404


def test_an_empty_day_says_so(client: Client, member: Membership) -> None:
    page = client.get(reverse("console:today"))
    assert "Nobody waits for an answer." in page.text
    assert "Blue Houses" in page.text


def test_the_board_sorts_the_day(client: Client, member: Membership) -> None:
    waiting = asked(member, arrive_in=40)
    coming, here, later = (
        hold(listing_of(member, payment_terms=Listing.PaymentTerms.AT_PROPERTY), arrive_in=days, nights=2)
        for days in (1, 1, 5)
    )
    hold(ListingFactory(payment_terms=Listing.PaymentTerms.AT_PROPERTY), arrive_in=1)
    clock.move(coming.starts_at + timedelta(minutes=1) - clock.database_now())
    check_in_booking(actor=SYSTEM, booking_id=here.pk)
    page = client.get(reverse("console:today"))
    assert (section(page, "arrivals"), section(page, "in-house")) == ([coming.reference], [here.reference])
    assert section(page, "waiting") in ([waiting.reference], [])
    clock.move(here.ends_at - timedelta(hours=1) - clock.database_now())
    page = client.get(reverse("console:today"))
    assert here.reference in section(page, "departures")
    assert later.reference not in page.text


def test_today_is_the_day_of_each_place(client: Client, member: Membership) -> None:
    """The company keeps New York's time. At noon in Boston it is the next morning in Auckland."""
    far = {"property__time_zone": "Pacific/Auckland", "payment_terms": Listing.PaymentTerms.AT_PROPERTY}
    near = {"payment_terms": Listing.PaymentTerms.AT_PROPERTY}
    noon = datetime.combine(in_days(1), time(17), tzinfo=UTC)
    clock.move(noon - clock.now())
    there, here = hold(listing_of(member, **far), arrive_in=1), hold(listing_of(member, **near), arrive_in=1)
    assert section(client.get(reverse("console:today")), "arrivals") == [there.reference]
    clock.move(timedelta(hours=24))
    assert set(section(client.get(reverse("console:today")), "arrivals")) == {there.reference, here.reference}


def test_a_slot_of_today_arrives_before_it_leaves(client: Client, member: Membership) -> None:
    room = slot_listing(company=member.company, payment_terms=Listing.PaymentTerms.AT_PROPERTY)
    slot = hold_booking(actor=Actor.of(UserFactory()), items=[a_slot(room, "14:00", ahead=2)])
    clock.move(slot.starts_at - clock.now() + timedelta(minutes=1))
    assert section(client.get(reverse("console:today")), "arrivals") == [slot.reference]
    check_in_booking(actor=SYSTEM, booking_id=slot.pk)
    assert section(client.get(reverse("console:today")), "departures") == [slot.reference]


def test_a_long_section_shows_its_first_and_says_how_many_there_are(client: Client, member: Membership) -> None:
    for number in range(27):
        asked(member, arrive_in=30 + number)
    page = client.get(reverse("console:today"))
    assert len(section(page, "waiting")) == 25
    assert "the list has all 27" in page.text


def test_one_tap_checks_in_and_one_takes_it_back(client: Client, member: Membership) -> None:
    booking = arrived(member)
    page = press(client, booking, "check-in", back="today")
    assert "Checked in." in page.text
    assert state_of(booking) == "in_house"
    page = press(client, booking, "undo-check-in")
    assert "The check-in was taken back." in page.text
    assert state_of(booking) == "confirmed"


def test_an_early_departure_says_what_happens_first(client: Client, member: Membership) -> None:
    booking = arrived(member)
    press(client, booking, "check-in")
    page = client.get(reverse("console:booking", args=[booking.reference]))
    assert "The guest leaves early" in page.text
    press(client, booking, "check-out")
    assert state_of(booking) == "completed"
    assert "Undo check-out" in client.get(reverse("console:booking", args=[booking.reference])).text


def test_a_request_is_answered_with_a_word(client: Client, member: Membership) -> None:
    yes, no = asked(member, arrive_in=30), asked(member, arrive_in=40)
    page = client.get(reverse("console:booking", args=[yes.reference]))
    assert "Please answer until" in page.text
    assert "The guest gets a day to pay $300.00." in page.text
    assert "Accepted." in press(client, yes, "accept", note="Come in!").text
    press(client, no, "decline", note="We paint the walls.")
    assert (state_of(yes), yes.answer_note) == ("held", "Come in!")
    assert (state_of(no), no.answer_note) == ("declined", "We paint the walls.")
    assert "waits for no answer" in press(client, no, "accept").text


def test_cancelling_shows_the_refund_first_and_keeps_the_promise(client: Client, member: Membership) -> None:
    booking, _payment = confirmed(listing_of(member))
    address = reverse("console:cancel", args=[booking.reference])
    page = client.get(address)
    assert "The guest gets back" in page.text
    assert "$300.00" in page.text
    stale = client.post(address, {"expected_refund": "1.00"})
    assert "The refund has changed" in stale.text
    assert state_of(booking) == "confirmed"
    done = client.post(address, {"expected_refund": "300.00"}, follow=True)
    assert "The guest gets $300.00 back." in done.text
    assert (state_of(booking), booking.refund_minor) == ("cancelled", 30_000)


def test_the_list_is_searched_filtered_and_paged(client: Client, member: Membership) -> None:
    for number in range(26):
        hold(listing_of(member), arrive_in=30 + number)
    mine = hold(listing_of(member), arrive_in=90, booker=UserFactory(last_name="Okafor"))
    page = client.get(reverse("console:bookings"))
    assert "27 bookings" in page.text
    assert len(page.context["bookings"]) == 25
    assert len(client.get(reverse("console:bookings"), {"page": 2}).context["bookings"]) == 2
    found = client.get(reverse("console:bookings"), {"q": "okafor", "status": "held"})
    assert [booking.reference for booking in found.context["bookings"]] == [mine.reference]
    nothing = client.get(reverse("console:bookings"), {"status": "no_show"})
    assert "Nothing fits" in nothing.text


def test_the_list_is_exported_with_its_filters_and_runs_nothing(
    client: Client, member: Membership, django_assert_max_num_queries: Any
) -> None:
    hold(ListingFactory(), arrive_in=31)
    hold(listing_of(member), arrive_in=60, booker=UserFactory(last_name="Somebody"))
    mine = hold(listing_of(member, payment_terms="deposit", rate_plan__deposit_basis_points=2_000), arrive_in=30)
    mine.booker.first_name = "=HYPERLINK"
    mine.booker.save()
    page = client.get(reverse("console:bookings"), {"q": "hyperlink"})
    assert f"{reverse('console:bookings_csv')}?q=hyperlink" in page.text
    with django_assert_max_num_queries(MOST_QUERIES):
        answer = client.get(reverse("console:bookings_csv"), {"q": "hyperlink"})
        text = answer.content.decode("utf-8-sig")
    head, row = csv.reader(text.splitlines())
    told = dict(zip(head, row, strict=True))
    assert (told["Reference"], told["Status"], told["Currency"]) == (mine.reference, "held", "USD")
    assert (told["Total"], told["Paid"], told["Owed"]) == ("300.00", "0.00", "300.00")
    assert told["Guest"].startswith("'=HYPERLINK")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    taken = DataExport.objects.get()
    assert (taken.kind, taken.user_id, taken.row_count) == ("bookings", member.user_id, 1)
    assert taken.company_id == member.company_id


@pytest.mark.parametrize(
    "query", [{"status": "lost"}, {"first": "yesterday"}, {"first": "2026-03-02", "last": "2026-03-01"}, {"page": "x"}]
)
def test_filters_that_make_no_sense_break_nothing(client: Client, member: Membership, query: dict[str, str]) -> None:
    assert client.get(reverse("console:bookings"), query).status_code == 200


def test_a_member_of_two_companies_switches(client: Client, member: Membership) -> None:
    other = MembershipFactory(user=member.user, role="staff", company__name="Red Houses")
    theirs = hold(ListingFactory(company=other.company))
    assert theirs.reference not in client.get(reverse("console:bookings")).text
    # A link in a mail works whichever company is looked at.
    assert client.get(reverse("console:booking", args=[theirs.reference])).context["desk"].company.name == "Red Houses"
    switched = client.post(reverse("console:switch"), {"company": other.company.slug}, follow=True)
    assert switched.context["desk"].company.name == "Red Houses"
    assert theirs.reference in client.get(reverse("console:bookings")).text
    foreign = MembershipFactory().company
    assert client.post(reverse("console:switch"), {"company": foreign.slug}).status_code == 404


def test_the_console_opens_where_somebody_waits_for_an_answer(client: Client, member: Membership) -> None:
    busy = MembershipFactory(user=member.user, role="host", company__name="Zebra Houses")
    quiet = MembershipFactory(user=member.user, role="host", company__name="Amber Houses")
    waiting = hold(ListingFactory(company=busy.company, acceptance=Listing.Acceptance.REQUEST), arrive_in=5)
    page = client.get(reverse("console:today"))
    assert page.context["desk"].company.name == "Zebra Houses"
    press(client, waiting, "decline")
    assert client.get(reverse("console:today")).context["desk"].company.name == "Zebra Houses"
    client.post(reverse("console:switch"), {"company": quiet.company.slug})
    assert client.get(reverse("console:today")).context["desk"].company.name == "Amber Houses"


def test_where_nobody_waits_the_console_opens_where_somebody_comes(client: Client, member: Membership) -> None:
    other = MembershipFactory(user=member.user, role="host")
    hold(ListingFactory(company=other.company, payment_terms=Listing.PaymentTerms.AT_PROPERTY), arrive_in=0, nights=2)
    assert client.get(reverse("console:today")).context["desk"].company.name == other.company.name


def test_what_belongs_to_others_is_not_there(client: Client, member: Membership) -> None:
    theirs = hold(ListingFactory(acceptance=Listing.Acceptance.REQUEST))
    assert client.get(reverse("console:booking", args=[theirs.reference])).status_code == 404
    assert press(client, theirs, "accept").status_code == 404
    mine = asked(member)
    assert press(client, mine, "abolish").status_code == 404


@pytest.mark.parametrize("name", ["console:today", "console:bookings"])
def test_a_page_costs_the_same_however_much_there_is(
    client: Client, member: Membership, name: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        asked(member, arrive_in=20 + number)
    for _ in range(5):
        hold(listing_of(member, payment_terms=Listing.PaymentTerms.AT_PROPERTY), arrive_in=1)
    clock.move(timedelta(hours=23))
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(reverse(name)).status_code == 200


def test_one_booking_costs_few_queries(client: Client, member: Membership, django_assert_max_num_queries: Any) -> None:
    booking, _payment = confirmed(listing_of(member))
    with django_assert_max_num_queries(MOST_QUERIES):
        page = client.get(reverse("console:booking", args=[booking.reference]))
    assert "$300.00 was paid." in page.text


def test_a_booking_leads_to_its_payments_for_those_who_may_see_them(client: Client) -> None:
    staff = MembershipFactory(role="staff")
    client.force_login(staff.user)
    booking = hold(listing_of(staff))
    link = f"{reverse('console:payments')}?q={booking.reference}"
    assert link in client.get(reverse("console:booking", args=[booking.reference])).text
    assert client.get(link).status_code == 200


def test_a_page_that_is_not_mine_leads_back_to_one_that_is(client: Client, member: Membership) -> None:
    refused = client.get(reverse("console:gateways"))
    assert refused.status_code == 403
    assert "Back to the console" in refused.text
    assert f'href="{reverse("console:today")}"' in refused.text


def test_of_what_is_paid_nobody_reads_that_it_will_be_asked_again(client: Client) -> None:
    staff = MembershipFactory(role="staff")
    client.force_login(staff.user)
    folio = a_folio(54_000, company=staff.company)
    for state, expected in ((PaymentState.PAID, False), (PaymentState.PENDING, True)):
        payment = a_payment(folio, state=state, next_fetch_at=clock.now())
        page = client.get(reverse("console:payment", args=[payment.pk])).text
        assert ("Will be asked again" in page) is expected


def test_on_a_telephone_each_of_several_amounts_says_what_it_is() -> None:
    """There the head of a table is not shown: a row with several amounts labels them, and hides none."""
    pages = Path(console.__file__).parent.glob("templates/console/*.html")
    rows = [(page.name, row) for page in pages for row in re.findall(r"<tr>.*?</tr>", page.read_text(), re.DOTALL)]
    several = [(name, row) for name, row in rows if row.count('<td class="is-money"') > 1]
    assert {name for name, _ in several} >= {"bookings.html", "payments.html"}
    assert [name for name, row in several if row.count('class="is-money" data-label="') < row.count("is-money")] == []
