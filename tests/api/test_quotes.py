"""Quotes and calendars as a client meets them."""

from typing import Any

import pytest
from django.test import Client

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.domain.periods import stay_period
from freehold.inventory.models import Purpose
from freehold.inventory.services.claim_units import claim_units
from tests.factories import ListingFactory, TaxFactory
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db


def item(listing: Any, **changes: Any) -> dict[str, Any]:
    return {
        "listing_id": str(listing.pk),
        "check_in": in_days(30).isoformat(),
        "check_out": in_days(33).isoformat(),
        "guests": {"adults": 2, "children": [5]},
        **changes,
    }


def ask(client: Client, *items: Any) -> Any:
    return client.post("/api/v1/quotes/", {"items": list(items)}, content_type="application/json")


def test_a_quote_is_itemised_and_each_line_names_its_rule(client: Client) -> None:
    listing = ListingFactory(rate_plan__cleaning_fee_minor=4_000, rate_plan__extra_guest_fee_minor=1_000)
    listing.rate_plan.taxes.add(TaxFactory(company=listing.company, label="Occupancy tax"))

    response = ask(client, item(listing))

    assert response.status_code == 201
    quote = response.json()
    assert {"quote_id", "expires_at", "lines", "total", "due_now", "refund_timeline"} <= set(quote)
    assert [(line["code"].partition(":")[0], line["amount"]["amount"]) for line in quote["lines"]] == [
        ("nights", "300.00"),
        ("extra_guests", "30.00"),
        ("cleaning", "40.00"),
        ("tax", "33.00"),
    ]
    assert all(set(line) == {"code", "label", "rule", "quantity", "unit_amount", "amount"} for line in quote["lines"])
    assert all(line["rule"] for line in quote["lines"])
    assert quote["total"] == quote["due_now"] == {"amount": "403.00", "currency": "USD"}
    assert quote["refund_timeline"][0]["refund"] == quote["total"]
    assert quote["refund_timeline"][-1] == {"until": None, "refund": {"amount": "0.00", "currency": "USD"}}


def test_what_breaks_the_rules_is_refused_with_every_reason(client: Client) -> None:
    listing = ListingFactory(min_nights=5, max_guests=2)
    response = ask(client, item(listing))
    assert response.status_code == 400
    assert {(error["code"], error["attr"]) for error in response.json()["errors"]} == {
        ("min_nights", "items.0"),
        ("capacity", "items.0"),
    }


def test_two_companies_make_no_quote(client: Client) -> None:
    response = ask(client, item(ListingFactory()), item(ListingFactory()))
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "mixed_cart"


@pytest.mark.parametrize(
    ("changes", "attr"),
    [
        ({"check_out": "2031-02-29"}, "items.0.check_out"),
        ({"check_in": "٢٠٣٠-٠١-٠١"}, "items.0.check_in"),
        ({"check_in": "2030-1-1"}, "items.0.check_in"),
        ({"check_in": "0001-01-01", "check_out": "9999-12-31"}, "items.0.check_in"),
        ({"check_in": "2100-01-01", "check_out": "2150-01-01"}, "items.0"),
        ({"guests": {"adults": "1_0"}}, "items.0.guests.adults"),
        ({"guests": {"adults": 10**30}}, "items.0.guests.adults"),
        ({"guests": {"adults": 1, "children": [-1]}}, "items.0.guests.children.0"),
        ({"guests": {"adults": 1.5}}, "items.0.guests.adults"),
        ({"listing_id": "nowhere"}, "items.0.listing_id"),
        ({"price": 1}, "items.0.price"),
    ],
)
def test_nonsense_is_refused_with_its_field(client: Client, changes: dict[str, Any], attr: str | None) -> None:
    response = ask(client, item(ListingFactory(), **changes))
    assert response.status_code == 400
    assert attr in {error["attr"] for error in response.json()["errors"]}


def test_a_listing_that_is_not_there_is_404(client: Client) -> None:
    listing = ListingFactory(status="draft")
    assert ask(client, item(listing)).status_code == 404


# --- calendar -------------------------------------------------------------------------------------------------


def test_a_calendar_tells_each_night_and_why_it_is_closed(client: Client, django_assert_max_num_queries: Any) -> None:
    listing = ListingFactory(property__time_zone="UTC")
    place = listing.property
    claim_units(
        actor=Actor.system("test"),
        company_id=listing.company_id,
        unit_ids=[listing.unit_id],
        period=stay_period(in_days(31), in_days(32), place.check_in_time, place.check_out_time, "UTC"),
        purpose=Purpose.BOOKING,
    )
    url = f"/api/v1/listings/{listing.pk}/calendar/"
    window = {"from": in_days(30).isoformat(), "to": in_days(32).isoformat()}

    days = client.get(url, window).json()["days"]

    price = {"amount": "100.00", "currency": "USD"}
    booked = [{"code": "booked", "detail": "Already booked."}]
    usual = {"available": True, "reasons": [], "price": price, "can_arrive": True, "arrival_reasons": []}
    usual |= {"can_depart": True, "departure_reasons": [], "min_nights": 1}
    closed = {"available": False, "reasons": booked, "can_arrive": False, "arrival_reasons": booked}
    assert days == [
        usual | {"date": str(in_days(30)), "max_nights": 1},
        usual | closed | {"date": str(in_days(31)), "min_nights": None, "max_nights": None},
        usual
        | {"date": str(in_days(32)), "can_depart": False, "departure_reasons": booked}
        | {"max_nights": days[2]["max_nights"]},
    ]
    assert days[2]["max_nights"] > 300
    assert client.get(f"/api/v1/listings/{listing.slug}/calendar/", window).json()["days"] == days
    assert len(client.get(url).json()["days"]) == 90


def test_a_calendar_of_eighteen_months_stays_within_its_queries(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    listing = ListingFactory()
    window = {"from": in_days(0).isoformat(), "to": in_days(549).isoformat()}
    url = f"/api/v1/listings/{listing.pk}/calendar/"
    client.get(url, window)
    clock.now()
    with django_assert_max_num_queries(6):  # three are the calendar's, one the limit's
        assert len(client.get(url, window).json()["days"]) == 550


@pytest.mark.parametrize(
    ("window", "status"),
    [
        ({"from": "2030-01-02", "to": "2030-01-01"}, 400),
        ({"from": "2030-01-01", "to": "2032-01-01"}, 400),
        ({"from": "yesterday"}, 400),
        ({"from": "2030-02-30"}, 400),
        ({"start": "2030-02-01"}, 400),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(client: Client, window: dict[str, str], status: int) -> None:
    assert client.get(f"/api/v1/listings/{ListingFactory().pk}/calendar/", window).status_code == status


def test_an_unknown_listing_has_no_calendar(client: Client) -> None:
    for key in ("nowhere", "01890000-0000-7000-8000-000000000000"):
        assert client.get(f"/api/v1/listings/{key}/calendar/").status_code == 404
