"""After the move the clients of the older APIs find what was theirs: same name, same password, same numbers."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from freehold.accounts.models import User
from freehold.companies.models import Company
from freehold.config.settings import base
from tests.apps.distribution.moving import dumps, test_resort, test_stays
from tests.compat.resort import client as resort_client
from tests.factories import CompanyFactory
from tests.support.phones import code_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return CompanyFactory(currency="BDT", time_zone="Asia/Dhaka")  # type: ignore[no-any-return]


def test_a_client_of_the_estate_api_goes_on(tmp_path: Path, company: Company, settings: Any) -> None:
    settings.PASSWORD_HASHERS = base._people(django_settings.ENV)["PASSWORD_HASHERS"]
    rows = [
        *(dumps.user(), dumps.category(), dumps.estate_property(), dumps.booking(), dumps.payment()),
        dumps.estate_property(12, status="INACTIVE"),
        dumps.estate_property(13, is_available=False),
    ]
    dumps.moved(tmp_path, rows, company)
    client = Client()
    names = {"username": "person7", "password": "old-Secret-9"}
    signed_in = client.post("/api/auth/login/", names, content_type="application/json")
    assert signed_in.status_code == 200, signed_in.content
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {signed_in.json()['access']}"
    me = client.get("/api/auth/me/").json()
    assert (me["id"], me["username"]) == (7, "person7")
    (booking,) = rows_of(client.get("/api/bookings/").json())
    assert (booking["id"], booking["property"], booking["status"]) == (21, 11, "PAID")
    assert booking["total_amount"] == "25000.00"
    (payment,) = rows_of(client.get("/api/auth/me/payments/").json())
    told = (payment["id"], payment["provider"], payment["status"], payment["transaction_id"])
    assert told == (31, "STRIPE", "SUCCESS", "pi_31")
    place = client.get("/api/properties/lake-villa-11/").json()
    assert (place["id"], place["location"], place["price"], place["category"]) == (11, "Banani, Dhaka", "25000.00", 3)
    found = {each["id"]: each for each in rows_of(client.get("/api/properties/").json())}
    assert {pk: each["status"] for pk, each in found.items()} == {11: "ACTIVE", 12: "INACTIVE", 13: "ACTIVE"}
    assert found[13]["is_available"] is False


def test_a_client_of_the_stays_api_finds_the_listings_by_their_numbers(tmp_path: Path) -> None:
    company = CompanyFactory(currency="USD", time_zone="America/New_York")
    rows = [test_stays.person(), test_stays.listing(), test_stays.stay()]
    dumps.moved(tmp_path, rows, company, api="stays")
    client = Client()
    found = client.get("/api/stay/listings/11/").json()
    assert (found["id"], found["title"]) == (11, "Harbour loft")
    taken = {"check_in": rows[2]["fields"]["check_in"], "check_out": rows[2]["fields"]["check_out"]}
    assert rows_of(client.get("/api/stay/listings/", taken).json()) == []


def test_a_client_of_the_resort_api_finds_the_rooms_that_are_free_by_their_numbers(tmp_path: Path) -> None:
    company = CompanyFactory(currency="INR", time_zone="Asia/Kolkata")
    rows = [test_resort.person(), *test_resort.house(), test_resort.attempt(), test_resort.paid()]
    dumps.moved(tmp_path, rows, company, api="resort")
    resort_client.post("auth/otp/request/", {"phone_number": "9999988807"})
    code = code_for("+919999988807")
    signed_in = resort_client.post("auth/otp/verify/", {"phone_number": "9999988807", "otp": code}).json()
    assert User.objects.get().serial == 7
    stay = next(row["fields"] for row in rows if row["model"] == "booking.bookingattempt")
    asked = {name: stay[name] for name in ("check_in_date", "check_out_date")}
    answer = resort_client.get("rooms/search/", {**asked, "location": "Goa", "guests": 1}, bearer=signed_in["access"])
    (resort,) = answer.json()
    assert (resort["resort_id"], resort["resort_name"]) == (1, "Beachside Resort")
    assert [room["id"] for room in resort["available_rooms"]] == [102]


def rows_of(answer: Any) -> list[dict[str, Any]]:
    """Of a page, or of a plain list."""
    rows: list[dict[str, Any]] = answer["results"] if isinstance(answer, dict) else answer
    return rows
