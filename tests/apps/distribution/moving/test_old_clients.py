"""After the move the clients of the older APIs find what was theirs: same name, same password, same numbers."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from freehold.companies.models import Company
from freehold.config.settings import base
from tests.apps.distribution.moving import dumps
from tests.factories import CompanyFactory

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


def rows_of(answer: Any) -> list[dict[str, Any]]:
    """Of a page, or of a plain list."""
    rows: list[dict[str, Any]] = answer["results"] if isinstance(answer, dict) else answer
    return rows
