"""The pages of the guest site with real rows behind them: what they show, refuse, keep and cost."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from freehold.bookings.models import Booking
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.domain.periods import stay_period
from freehold.inventory.models import Purpose
from freehold.inventory.services.claim_units import claim_units
from freehold.properties.models import Listing, Unit
from tests.apps.payments.builders import a_payment, a_refund
from tests.factories import PASSWORD, ListingFactory, PictureFactory, UserFactory, unit_type_listing
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db

MOST_QUERIES = 15


@pytest.fixture
def listing() -> Listing:
    return ListingFactory(
        title="Flat by the river",
        slug="flat-by-the-river",
        property__pictures=[PictureFactory(), PictureFactory()],
    )


@pytest.fixture
def guest(client: Client) -> Any:
    user = UserFactory()
    client.force_login(user)
    return user


def stay(nights: int = 3, ahead: int = 30) -> dict[str, Any]:
    check_in = clock.now().date() + timedelta(days=ahead)
    return {"check_in": check_in.isoformat(), "check_out": (check_in + timedelta(days=nights)).isoformat(), "adults": 2}


def hold(client: Client, listing: Listing, **changes: Any) -> Any:
    """Through the page, as a browser does: see the price, then send the form."""
    wish = {**stay(), **changes}
    box = client.get(reverse("site:price", args=[listing.slug]), wish)
    price = box.context["price"]
    expected = str(price.total.minor) if price else ""
    return client.post(reverse("site:hold"), {**wish, "place": listing.slug, "expected": expected})


def held_booking(client: Client, listing: Listing) -> Booking:
    response = hold(client, listing)
    assert response.status_code == 302, response.content
    return Booking.objects.system("test").get()


# --- what they cost


@pytest.mark.parametrize("dated", [False, True], ids=["without dates", "with dates"])
def test_a_place_costs_few_queries(
    client: Client, listing: Listing, dated: bool, django_assert_max_num_queries: Any
) -> None:
    wish = stay() if dated else {}
    with django_assert_max_num_queries(MOST_QUERIES):
        response = client.get(reverse("site:place", args=[listing.slug]), wish)
    assert response.status_code == 200
    assert "Flat by the river" in response.text


@pytest.mark.parametrize("name", ["site:home", "site:search"])
def test_a_list_costs_the_same_however_long_it_is(
    client: Client, name: str, django_assert_max_num_queries: Any
) -> None:
    ListingFactory.create_batch(12, property__rating=4.8, property__review_count=50)
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(reverse(name)).status_code == 200


def test_trips_cost_the_same_however_many_there_are(
    client: Client, guest: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        assert hold(client, ListingFactory()).status_code == 302
    with django_assert_max_num_queries(MOST_QUERIES):
        response = client.get(reverse("site:trips"))
    assert len(response.context["upcoming"]) == 4


def test_results_with_dates_cost_few_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    ListingFactory.create_batch(12)
    with django_assert_max_num_queries(MOST_QUERIES):
        response = client.get(reverse("site:search"), {"place": "Boston", "guests": 2, **stay()})
    assert response.context["count"] == 12


@pytest.mark.parametrize("step", ["guests", "review", "pay"])
def test_a_step_of_the_checkout_costs_few_queries(
    client: Client, guest: Any, listing: Listing, step: str, django_assert_max_num_queries: Any
) -> None:
    booking = held_booking(client, listing)
    client.post(reverse("site:guests", args=[booking.pk]), {"name_0": "Ada Wong", "note": ""})
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(reverse(f"site:{step}", args=[booking.pk])).status_code == 200


@pytest.mark.parametrize("name", ["trip", "confirmed", "cancel"])
def test_a_trip_costs_few_queries(
    client: Client, guest: Any, listing: Listing, name: str, django_assert_max_num_queries: Any
) -> None:
    booking = paid_at_the_place(client, listing)
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(reverse(f"site:{name}", args=[booking.reference])).status_code == 200


# --- searching


def test_results_show_the_whole_price_of_the_stay(client: Client, listing: Listing) -> None:
    response = client.get(reverse("site:search"), {"place": "Boston", **stay(nights=3)})
    assert response.context["count"] == 1
    assert "$300" in response.text
    assert "for 3 nights" in response.text


@pytest.mark.parametrize(
    "wish",
    [
        {"check_in": "yesterday", "check_out": "2027-02-30"},
        {"check_in": "2027-06-10", "check_out": "2027-06-01"},
        {"bbox": "1,2,3"},
        {"bbox": "nan,nan,nan,nan"},
        {"bbox": "10,50,20,40"},
        {"min_price": "-1", "max_price": "1e400"},
        {"guests": "९", "bedrooms": "999999999999"},
        {"sort": "distance"},
        {"sort": "; drop table"},
        {"cursor": "AAAA"},
        {"amenities": ",".join("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ")},
        {"place": "\x00' OR 1=1 --"},
        {"category": "a\x00b", "amenities": "\x00"},
    ],
    ids=lambda wish: "&".join(f"{key}={value[:12]!r}" for key, value in wish.items()),
)
def test_an_address_that_makes_no_sense_is_searched_as_far_as_it_does(client: Client, wish: dict[str, str]) -> None:
    assert client.get(reverse("site:search"), wish).status_code == 200


@pytest.mark.parametrize(
    ("wish", "notice"),
    [
        (
            {"check_in": "2027-06-10", "check_out": "2027-06-01"},
            "Your dates were left out: you leave after you arrive.",
        ),
        ({"check_in": "foo", "check_out": "2027-06-01"}, "one of them is not a day of the calendar"),
        ({"check_in": "2027-06-10"}, "Your date was left out: choose both"),
        ({"check_out": "2027-06-10", "check_in": ""}, "Your date was left out: choose both"),
        ({"check_in": "2027-06-10", "check_out": "2037-06-10"}, "a stay has at most"),
        ({"guests": "-3"}, "The number of guests was left out"),
        ({"min_price": "500", "max_price": "100"}, "The highest price was left out: it is below the lowest."),
        ({"min_price": "cheap"}, "A price that is not an amount was left out."),
        ({"bbox": "1,2,3"}, "The part of the map was left out"),
        ({"bedrooms": "many"}, "The number of bedrooms was left out"),
    ],
)
def test_what_a_search_left_out_is_said(client: Client, listing: Listing, wish: dict[str, str], notice: str) -> None:
    response = client.get(reverse("site:search"), wish)
    assert response.status_code == 200
    assert notice in response.text
    assert notice in client.get(reverse("site:search"), wish, headers={"HX-Request": "true"}).text


def test_a_search_that_makes_sense_has_nothing_to_say(client: Client, listing: Listing) -> None:
    wish = {**stay(), "guests": "2", "min_price": "0", "max_price": "900", "bedrooms": "", "bbox": ""}
    assert "left out" not in client.get(reverse("site:search"), wish).text
    assert "left out" not in client.get(reverse("site:search")).text


@pytest.mark.parametrize("name", ["site:home", "site:search"])
def test_a_search_may_begin_today_wherever_the_visitor_is(client: Client, name: str) -> None:
    today = client.get(reverse(name)).context["today"]
    assert today <= clock.now().astimezone(ZoneInfo("Etc/GMT+12")).date()


def test_a_map_card_of_nothing_is_not_there(client: Client) -> None:
    for listing in ("", "\x00", "nothing", "0195f5a0-0000-7000-8000-000000000000"):
        assert client.get(reverse("site:search_card"), {"listing": listing}).status_code == 404


def test_a_map_card_shows_the_price_of_the_stay(client: Client, listing: Listing) -> None:
    response = client.get(reverse("site:search_card"), {"listing": listing.pk, "guests": 2, **stay()})
    assert "$300" in response.text


def test_nothing_found_says_what_to_do(client: Client) -> None:
    response = client.get(reverse("site:search"), {"place": "Atlantis"})
    assert "Nothing fits all of this" in response.text


def test_only_the_list_is_sent_when_only_the_list_is_asked_for(client: Client, listing: Listing) -> None:
    response = client.get(reverse("site:search"), headers={"HX-Request": "true"})
    assert 'id="results"' in response.text
    assert "<html" not in response.text


# --- one place


def test_a_place_that_is_not_published_is_not_there(client: Client, listing: Listing) -> None:
    listing.status = Listing.Status.DRAFT
    listing.save()
    response = client.get(reverse("site:place", args=[listing.slug]))
    assert response.status_code == 404
    assert "This page is not here" in response.text


def test_the_price_opens_its_rules(client: Client, listing: Listing) -> None:
    response = client.get(reverse("site:price", args=[listing.slug]), stay())
    price = response.context["price"]
    assert all(line.rule in response.text for line in price.lines)
    assert "back" in response.text


def test_the_price_of_a_night_is_written_like_every_other_amount(client: Client, listing: Listing) -> None:
    response = client.get(reverse("site:price", args=[listing.slug]), stay(nights=3))
    assert "3 nights × $100.00" in response.text


@pytest.mark.parametrize("party", [{"guests": 2}, {}, {"adults": ""}], ids=["guests", "nothing", "blank"])
def test_an_address_without_adults_means_two(client: Client, listing: Listing, party: dict[str, Any]) -> None:
    dates = {name: value for name, value in stay().items() if name != "adults"}
    response = client.get(reverse("site:place", args=[listing.slug]), {**dates, **party})
    assert response.context["price"].items[0].party.adults == 2


def test_a_child_without_an_age_gets_no_price(client: Client, listing: Listing) -> None:
    response = client.get(reverse("site:price", args=[listing.slug]), {**stay(), "children": 1})
    assert response.context["price"] is None
    assert "Choose the age of each child" in response.text
    priced = client.get(reverse("site:price", args=[listing.slug]), {**stay(), "children": 1, "age": "7"})
    assert priced.context["price"].items[0].party.children == (7,)


def test_a_box_that_is_not_filled_in_names_the_fields(client: Client, guest: Any, listing: Listing) -> None:
    response = client.post(reverse("site:hold"), {"place": listing.slug, "check_in": "", "check_out": "soon"})
    assert response.status_code == 422
    assert "Check-in: This field is required." in response.text
    assert "Check-out: Enter a valid date." in response.text
    box = client.get(reverse("site:price", args=[listing.slug]), {**stay(), "adults": "many"})
    assert "Adults: Enter a whole number." in box.text


def test_closed_days_say_why(client: Client, guest: Any, listing: Listing) -> None:
    held_booking(client, listing)
    other = Client()
    page = other.get(reverse("site:place", args=[listing.slug]), stay())
    assert page.context["price"] is None
    assert "Held for somebody else until" in page.text
    assert page.context["problem"].offers


def test_the_calendar_turns_page_by_page_to_its_end(client: Client, listing: Listing) -> None:
    url, turns = reverse("site:place", args=[listing.slug]), 0
    while turn := client.get(url).context["calendar"]["later"]:
        url, turns = turn["url"], turns + 1
    assert turns == 8


# --- from the hold to the payment page


def test_a_visitor_signs_in_to_hold_and_keeps_the_dates(client: Client, listing: Listing) -> None:
    wish = stay()
    response = hold(client, listing)
    assert response.status_code == 302
    assert reverse("account_login") in response["Location"]
    assert wish["check_in"] in response["Location"]
    assert not Booking.objects.system("test").exists()


def test_a_hold_goes_on_to_the_guests(client: Client, guest: Any, listing: Listing) -> None:
    booking = held_booking(client, listing)
    response = client.get(reverse("site:book", args=[booking.pk]), follow=True)
    assert response.redirect_chain == [(reverse("site:guests", args=[booking.pk]), 302)]
    assert "Held for you until" in response.text
    assert guest.get_full_name() in response.text


def test_two_cannot_hold_the_same_nights(client: Client, guest: Any, listing: Listing) -> None:
    held_booking(client, listing)
    rival = Client()
    rival.force_login(UserFactory())
    response = rival.post(
        reverse("site:hold"),
        {**stay(), "place": listing.slug, "expected": str(Booking.objects.system("t").get().total_minor)},
    )
    assert response.status_code == 409
    assert "These nights are not all free" in response.text
    assert response.context["problem"].offers


def test_a_price_that_changed_is_shown_before_it_is_agreed(client: Client, guest: Any, listing: Listing) -> None:
    response = client.post(reverse("site:hold"), {**stay(), "place": listing.slug, "expected": "1"}, follow=True)
    assert "The price has changed" in response.text
    assert not Booking.objects.system("test").exists()


def test_names_are_kept_over_back_and_reload(client: Client, guest: Any, listing: Listing) -> None:
    booking = held_booking(client, listing)
    url = reverse("site:guests", args=[booking.pk])
    response = client.post(url, {"name_0": "Ada Wong", "name_1": "", "note": "Late train"})
    assert response["Location"] == reverse("site:review", args=[booking.pk])
    again = client.get(url)
    assert "Ada Wong" in again.text
    assert "Late train" in again.text


def test_a_missing_name_is_told_beside_the_field_and_in_the_summary(
    client: Client, guest: Any, listing: Listing
) -> None:
    booking = held_booking(client, listing)
    response = client.post(reverse("site:guests", args=[booking.pk]), {"name_0": "", "note": "kept"})
    assert response.status_code == 422
    assert 'class="error-summary' in response.text
    assert "kept" in response.text


def test_a_hold_is_extended_once(client: Client, guest: Any, listing: Listing) -> None:
    booking = held_booking(client, listing)
    url = reverse("site:extend", args=[booking.pk])
    assert "more minutes" in client.post(url, {"step": "guests"}, follow=True).text
    assert "Already extended" in client.get(reverse("site:guests", args=[booking.pk])).text


def test_an_ended_hold_offers_the_same_dates_again(client: Client, guest: Any, listing: Listing) -> None:
    booking = held_booking(client, listing)
    Booking.objects.system("test").update(hold_expires_at=clock.now() - timedelta(seconds=1))
    response = client.get(reverse("site:guests", args=[booking.pk]))
    assert response.status_code == 410
    assert stay()["check_in"] in response.text


@pytest.mark.parametrize("name", ["book", "guests", "review", "pay", "returned"])
def test_a_booking_of_somebody_else_is_not_there(client: Client, guest: Any, listing: Listing, name: str) -> None:
    booking = held_booking(client, listing)
    stranger = Client()
    stranger.force_login(UserFactory())
    assert stranger.get(reverse(f"site:{name}", args=[booking.pk])).status_code == 404


@pytest.mark.parametrize("name", ["trip", "confirmed", "cancel", "calendar_file"])
def test_a_trip_of_somebody_else_is_not_there(client: Client, guest: Any, listing: Listing, name: str) -> None:
    booking = held_booking(client, listing)
    stranger = Client()
    stranger.force_login(UserFactory())
    assert stranger.get(reverse(f"site:{name}", args=[booking.reference])).status_code == 404


@pytest.mark.parametrize("name", ["site:trips"])
def test_a_guests_page_asks_to_sign_in_and_comes_back(client: Client, name: str) -> None:
    response = client.get(reverse(name))
    assert response["Location"] == f"{reverse('account_login')}?next={reverse(name)}"


# --- accounts and the rest


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_account_pages_wear_the_sites_design(client: Client, name: str) -> None:
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert 'class="btn btn-primary' in response.text
    assert 'class="header' in response.text


def test_signing_in_returns_to_where_it_began(client: Client) -> None:
    user = UserFactory()
    response = client.post(
        reverse("account_login"), {"login": user.email, "password": PASSWORD, "next": reverse("site:trips")}
    )
    assert response["Location"] == reverse("site:trips")


def test_pages_of_a_guest_are_kept_nowhere(client: Client, guest: Any) -> None:
    assert client.get(reverse("site:trips"))["Cache-Control"] == "private, no-store"


def test_the_content_policy_allows_no_inline_code(client: Client) -> None:
    policy = client.get(reverse("site:home"))["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy


def test_an_unknown_address_gets_the_sites_page_and_the_api_its_own(client: Client) -> None:
    assert "This page is not here" in client.get("/nowhere/").text
    assert client.get("/api/nowhere/").json()["errors"][0]["code"] == "not_found"


def test_cancelling_asks_for_the_refund_that_was_shown(client: Client, guest: Any, listing: Listing) -> None:
    booking = paid_at_the_place(client, listing)
    url = reverse("site:cancel", args=[booking.reference])
    shown = client.get(url).context["preview"].refund
    assert client.post(url, {"expected_refund": "999.00"}).status_code == 200
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    response = client.post(url, {"expected_refund": shown.amount_text()}, follow=True)
    assert "Your trip is cancelled" in response.text
    booking.refresh_from_db()
    assert booking.state == "cancelled"
    assert booking.refund_minor == shown.minor


def test_a_confirmed_trip_has_a_calendar_file(client: Client, guest: Any, listing: Listing) -> None:
    booking = paid_at_the_place(client, listing)
    response = client.get(reverse("site:calendar_file", args=[booking.reference]))
    assert response["Content-Type"].startswith("text/calendar")
    assert booking.reference in response.text


def paid_at_the_place(client: Client, listing: Listing) -> Booking:
    """Terms under which a hold confirms at once."""
    listing.payment_terms = Listing.PaymentTerms.AT_PROPERTY
    listing.save()
    response = hold(client, listing)
    booking = Booking.objects.system("test").get()
    assert response["Location"] == reverse("site:confirmed", args=[booking.reference])
    return booking


REFUND_WORDS = {
    "created": "A refund of $50.00 is being sent.",
    "pending": "A refund of $50.00 is being sent.",
    "unknown": "A refund of $50.00 is being sent.",
    "succeeded": "A refund of $50.00 was sent. Banks take a few days.",
    "failed": "The refund of $50.00 came back from your bank. It is still yours: we are looking into it.",
    "cancelled": "The refund of $50.00 came back from your bank. It is still yours: we are looking into it.",
}


@pytest.mark.parametrize("state", REFUND_WORDS)
@pytest.mark.parametrize("page", ["trip", "confirmed"])
def test_a_refund_is_told_once_as_it_stands(
    client: Client, guest: Any, listing: Listing, page: str, state: str
) -> None:
    booking = paid_at_the_place(client, listing)
    sent = clock.now() if state == "succeeded" else None
    a_refund(a_payment(booking.folio, payer=guest), amount=5_000, state=state, succeeded_at=sent)
    text = client.get(reverse(f"site:{page}", args=[booking.reference])).text
    assert text.count(REFUND_WORDS[state]) == 1
    assert not any(words in text for words in set(REFUND_WORDS.values()) - {REFUND_WORDS[state]})
    assert "on their way" not in text
    assert ("Refunded</span>" in text) == (state == "succeeded" and page == "trip")


def test_a_refund_that_was_sent_again_is_told_by_the_second_one(client: Client, guest: Any, listing: Listing) -> None:
    booking = paid_at_the_place(client, listing)
    payment = a_payment(booking.folio, payer=guest)
    failed = a_refund(payment, amount=5_000, state="failed")
    a_refund(payment, amount=5_000, state="pending", replaces=failed)
    text = client.get(reverse("site:trip", args=[booking.reference])).text
    assert "A refund of $50.00 is being sent." in text
    assert "came back" not in text


def test_money_under_review_is_not_asked_for_again(client: Client, guest: Any, listing: Listing) -> None:
    booking = held_booking(client, listing)
    client.post(reverse("site:guests", args=[booking.pk]), {"name_0": "Ada Wong", "note": ""})
    a_payment(booking.folio, payer=guest, amount=30_000, received=20_000, announced_minor=0)
    words = "We received $200.00 of $300.00. Somebody is looking into it; you need not pay again."
    trip = client.get(reverse("site:trip", args=[booking.reference])).text
    assert words in trip
    assert "Pay to confirm" not in trip
    pay = client.get(reverse("site:pay", args=[booking.pk])).text
    assert words in pay
    assert 'name="provider"' not in pay
    assert "Go on to pay" not in client.get(reverse("site:review", args=[booking.pk])).text
    assert "Pay to confirm" not in client.get(reverse("site:trips")).text
    back = client.get(reverse("site:returned", args=[booking.pk]))
    assert back["Location"] == reverse("site:trip", args=[booking.reference])


def test_money_that_was_reviewed_and_given_back_may_be_paid_again(client: Client, guest: Any, listing: Listing) -> None:
    booking = held_booking(client, listing)
    payment = a_payment(booking.folio, payer=guest, amount=30_000, received=20_000, announced_minor=0)
    a_refund(payment, amount=20_000, state="succeeded", succeeded_at=clock.now())
    trip = client.get(reverse("site:trip", args=[booking.reference])).text
    assert "you need not pay again" not in trip
    assert "Pay to confirm" in trip


def test_nights_that_i_hold_lead_back_to_my_booking(client: Client, guest: Any, listing: Listing) -> None:
    booking = held_booking(client, listing)
    for name in ("site:place", "site:price"):
        response = client.get(reverse(name, args=[listing.slug]), stay())
        assert "You hold these nights until" in response.text
        assert "Go on with your booking" in response.text
        assert reverse("site:book", args=[booking.pk]) in response.text
        assert "These nights are not all free" not in response.text
    longer = client.get(reverse("site:price", args=[listing.slug]), stay(nights=4))
    assert "You hold some of these nights until" in longer.text
    other = Client()
    other.force_login(UserFactory())
    assert "You hold these nights" not in other.get(reverse("site:price", args=[listing.slug]), stay()).text


def test_holding_the_same_nights_twice_goes_on_with_the_first_hold(
    client: Client, guest: Any, listing: Listing
) -> None:
    booking = held_booking(client, listing)
    again = {**stay(), "place": listing.slug, "expected": str(booking.total_minor)}
    response = client.post(reverse("site:hold"), again)
    assert response["Location"] == reverse("site:book", args=[booking.pk])
    Booking.objects.system("test").update(hold_expires_at=clock.now() - timedelta(seconds=1))
    box = client.get(reverse("site:price", args=[listing.slug]), stay())
    assert "You hold these nights" not in box.text


def test_a_trip_names_its_guests(client: Client, guest: Any, listing: Listing) -> None:
    booking = held_booking(client, listing)
    client.post(reverse("site:guests", args=[booking.pk]), {"name_0": "Ada Wong", "note": ""})
    assert "Ada Wong" in client.get(reverse("site:trip", args=[booking.reference])).text


def test_the_days_of_the_place_decide_what_today_is(client: Client) -> None:
    listing = ListingFactory(property__time_zone="Pacific/Kiritimati")
    today: date = client.get(reverse("site:place", args=[listing.slug])).context["today"]
    assert today >= clock.now().date()


def test_actors_come_from_the_request(client: Client, guest: Any, listing: Listing) -> None:
    booking = held_booking(client, listing)
    assert booking.booker_id == Actor.of(guest).user_id


def test_a_place_that_nobody_has_priced_is_not_there(client: Client) -> None:
    listing = ListingFactory(rate_plan=None)
    assert client.get(f"/places/{listing.slug}/").status_code == 404


def test_a_place_that_is_not_there_leads_to_one_like_it(client: Client, listing: Listing) -> None:
    answer = client.get("/search/", {"place": "Bosotn", "guests": "3"}).content.decode()
    assert "Did you mean" in answer
    assert "guests=3&amp;place=Boston" in answer


def test_the_field_is_given_options_for_what_is_typed(client: Client, listing: Listing) -> None:
    answer = client.get("/search/suggest/", {"place": "bost"}).content.decode()
    assert 'role="option"' in answer
    assert 'data-value="Boston"' in answer


def test_nights_that_only_different_rooms_have_are_no_stay(client: Client) -> None:
    listing = unit_type_listing(units=2, property__time_zone="UTC")
    first, second = Unit.objects.system("test").filter(unit_type=listing.unit_type)
    place = listing.property
    for unit, start in ((first, 10), (second, 12)):
        claim_units(
            actor=Actor.system("test"),
            company_id=listing.company_id,
            unit_ids=[unit.pk],
            period=stay_period(in_days(start), in_days(start + 2), place.check_in_time, place.check_out_time, "UTC"),
            purpose=Purpose.BOOKING,
        )
    wish = {"check_in": str(in_days(11)), "check_out": str(in_days(13)), "adults": "1"}
    page = client.get(f"/places/{listing.slug}/", wish)
    assert page.context["price"] is None
    assert page.context["problem"].reasons == ["These nights cannot be had together as one stay."]
