"""A front end of the estate API, and a company whose places it shows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from freehold.accounts.models import User
from freehold.companies.models import Company
from freehold.properties.models import Listing, Property
from tests.factories import PASSWORD, AmenityFactory, CategoryFactory, CompanyFactory, PropertyFactory, UserFactory
from tests.support.slots import exclusive_listing, slot_listing

WEAK = "jackdev123"
STRONG = "a sentence of Jack"

type Call = Callable[..., Any]


@pytest.fixture
def call() -> Call:
    """`call("bookings/create/", {...}, as_=user)`: below /api/ unless the path begins with a slash."""

    def send(path: str, body: Any = None, *, as_: User | None = None, method: str = "", **headers: str) -> Any:
        if as_ is not None:
            headers["Authorization"] = f"Bearer {access_of(as_)}"
        address = path if path.startswith("/") else f"/api/{path}"
        client, verb = Client(), method or ("get" if body is None else "post")
        if verb == "get":
            return client.get(address, headers=headers)
        return getattr(client, verb)(address, body, content_type="application/json", headers=headers)

    return send


def access_of(user: User) -> str:
    """Signed in as the API says, by whoever has the usual password."""
    identifier = user.email or user.username
    answer = Client().post("/auth/login", {"email": identifier, "password": PASSWORD}, content_type="application/json")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access"])


@pytest.fixture
def jack() -> User:
    user: User = UserFactory(username="jackdev", email="jackdev@example.com", first_name="Jack", last_name="Dev")
    return user


@pytest.fixture
def padma() -> Company:
    company: Company = CompanyFactory(name="Padma Estates", currency="BDT", time_zone="Asia/Dhaka")
    return company


def a_place(company: Company | None = None, *, slots: bool = True, altogether: bool = True, **options: Any) -> Property:
    """A place in Dhaka that is booked by the slot, at any minute of any day, and altogether: one unit, both ways."""
    company = company or CompanyFactory(currency="BDT", time_zone="Asia/Dhaka")
    place: Property = PropertyFactory(
        **{
            "company": company,
            "city": "Dhaka",
            "neighbourhood": "Gulshan",
            "country": "BD",
            "time_zone": "Asia/Dhaka",
            **options,
        }
    )
    priced: dict[str, Any] = {"company": company, "property": place, "currency": "BDT"}
    first: Listing | None = None
    if altogether:
        first = exclusive_listing(**priced, rate_plan__base_price_minor=2_500_000, rate_plan__taxes=[])
    if slots:
        rules = {"opening_hours": [[["00:00", "24:00"]]] * 7, "grid_minutes": 0, "min_minutes": 1, "max_minutes": 1440}
        same_unit = {} if first is None else {"unit": first.unit}
        slot_listing(**priced, **same_unit, rules=rules, rate_plan__base_price_minor=100_000)
    return place


@pytest.fixture
def place(padma: Company) -> Property:
    category = CategoryFactory(name="Villas", slug="villas")
    amenities = [AmenityFactory(code="parking", name="Parking"), AmenityFactory(code="pool", name="Swimming pool")]
    words = {"title": "Lakeside villa", "slug": "lakeside-villa", "description": "A lake."}
    return a_place(padma, category=category, amenities=amenities, **words)


def listing_of(place: Property, mode: str) -> Listing:
    found: Listing = Listing.objects.system("test").get(property=place, mode=mode)
    return found
