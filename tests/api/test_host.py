"""A host's way from an empty company to a listing that can be found and booked, over the API alone."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from freehold.companies.models import Membership
from tests.factories import AmenityFactory, CategoryFactory, ListingFactory, MembershipFactory
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db

HOST = "/api/v1/host"


@pytest.fixture
def member() -> Membership:
    member: Membership = MembershipFactory(role="host")
    return member


@pytest.fixture
def host(client: Client, member: Membership) -> Client:
    client.force_login(member.user)
    return client


def send(client: Client, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    options = {"data": body, "content_type": "application/json"} if body is not None else {}
    response = getattr(client, method)(f"{HOST}{path}", **options)
    assert response.status_code == status, response.content
    return response.json() if response.content else None


def dollars(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def photo() -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (900, 600), "navy").save(out, "JPEG")
    return SimpleUploadedFile("../../etc/passwd.php", out.getvalue(), content_type="text/html")


def a_place(member: Membership) -> dict[str, Any]:
    return {
        "company_id": str(member.company_id),
        "title": "Blue house",
        "category": CategoryFactory(slug="houses").slug,
        "city": "Lisbon",
        "country": "PT",
        "latitude": "38.7",
        "longitude": "-9.1",
        "time_zone": "Europe/Lisbon",
        "check_in_time": "16:00",
        "amenities": [AmenityFactory(code="wifi").code],
    }


def test_from_nothing_to_a_listing_that_is_found(
    host: Client, member: Membership, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    company = str(member.company_id)
    place = send(host, "post", "/properties/", a_place(member), 201)
    assert (place["status"], place["check_in_time"], place["amenities"]) == ("draft", "16:00", ["wifi"])
    unit = send(host, "post", f"/properties/{place['id']}/units/", {"name": "Whole house", "bedrooms": 3}, 201)
    upload = host.post(f"{HOST}/properties/{place['id']}/pictures/", {"file": photo(), "alt": "The street"})
    assert upload.status_code == 201, upload.content
    assert all("passwd" not in url for url in upload.json()["urls"].values())
    for url in upload.json()["urls"].values():
        shown = Client().get(url)
        assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")
        assert Image.open(BytesIO(shown.getvalue())).format == "WEBP"

    listing = send(
        host,
        "post",
        f"/properties/{place['id']}/listings/",
        {"title": "Blue house", "currency": "USD", "max_guests": 4, "unit_id": unit["id"]},
        201,
    )
    refused = send(host, "post", f"/listings/{listing['id']}/publish/", {}, 409)
    assert refused["errors"][0]["code"] == "no_rate_plan"

    tiers = [{"hours_before": 24, "basis_points": 10_000}]
    policy = send(
        host, "post", "/cancellation-policies/", {"company_id": company, "name": "Flexible", "tiers": tiers}, 201
    )
    tax = send(
        host,
        "post",
        "/taxes/",
        {"company_id": company, "code": "city", "label": "City", "kind": "per_person_night", "amount_minor": 200},
        201,
    )
    plan = send(
        host,
        "put",
        f"/listings/{listing['id']}/rate-plan/",
        {
            "base_price": dollars("100.00"),
            "weekday_prices": [None] * 4 + [dollars("120.00")] * 2 + [None],
            "cleaning_fee": dollars("30.00"),
            "included_guests": 2,
            "stay_discounts": [{"min_nights": 7, "basis_points": 1000}],
            "cancellation_policy_id": policy["id"],
            "tax_ids": [tax["id"]],
        },
    )
    assert plan["weekday_prices"][4] == dollars("120.00")
    prices = {"first_night": str(in_days(30)), "last_night": str(in_days(32)), "price": dollars("50.00")}
    send(host, "put", f"/listings/{listing['id']}/prices/", prices, 204)
    assert send(host, "post", f"/listings/{listing['id']}/publish/", {})["status"] == "published"

    found = Client().get(
        "/api/v1/search/",
        {"place": "Lisbon", "check_in": str(in_days(30)), "check_out": str(in_days(33)), "guests": 2, "bedrooms": 3},
    )
    (hit,) = found.json()["results"]
    assert hit["total"] == dollars("192.00")
    assert hit["picture"]["alt"] == "The street"

    shown = send(host, "get", f"/listings/{listing['id']}/")
    assert shown["rate_plan"]["prices"][0]["price"] == dollars("50.00")
    assert [place["id"] for place in send(host, "get", f"/properties/?company_id={company}")["results"]] == [
        place["id"]
    ]


def test_what_is_not_given_stays(host: Client, member: Membership) -> None:
    listing = ListingFactory(company=member.company, min_nights=2, property__amenities=[AmenityFactory(code="wifi")])
    place = send(host, "patch", f"/properties/{listing.property_id}/", {"title": "Red house"})
    assert (place["title"], place["city"], place["amenities"]) == ("Red house", "Boston", ["wifi"])
    assert place["units"][0]["id"] == str(listing.unit_id)
    assert send(host, "patch", f"/listings/{listing.pk}/", {"max_guests": 3})["min_nights"] == 2
    unit = send(host, "patch", f"/units/{listing.unit_id}/", {"is_active": False})
    assert (unit["is_active"], unit["bedrooms"]) == (False, 2)


def test_nights_are_closed_and_opened(host: Client, member: Membership) -> None:
    listing = ListingFactory(company=member.company)
    dates = {"check_in": str(in_days(30)), "check_out": str(in_days(32))}
    block = send(host, "post", f"/listings/{listing.pk}/blocks/", dates, 201)
    refusal = send(host, "post", f"/listings/{listing.pk}/blocks/", dates, 409)
    assert refusal["errors"][0]["reasons"][0]["code"] == "blocked"
    send(host, "delete", f"/blocks/{block['id']}/", status=204)
    send(host, "delete", f"/blocks/{block['id']}/", status=404)


@pytest.mark.parametrize(
    ("path", "body", "attr"),
    [
        ("rate-plan", {"base_price": {"amount": "1e3", "currency": "USD"}}, "base_price"),
        ("rate-plan", {"base_price": {"amount": "1.00", "currency": "EUR"}}, "base_price"),
        ("rate-plan", {"base_price": {"amount": "-1.00", "currency": "USD"}}, "base_price"),
        ("rate-plan", {"company": "other"}, "company"),
        ("prices", {"first_night": "2030-02-30"}, "first_night"),
        ("prices", {"price": {"amount": "1.001", "currency": "USD"}}, "price"),
    ],
)
def test_odd_prices_are_refused_with_their_field(
    host: Client, member: Membership, path: str, body: dict[str, Any], attr: str
) -> None:
    listing = ListingFactory(company=member.company)
    right = {
        "rate-plan": {
            "base_price": dollars("1.00"),
            "cancellation_policy_id": str(listing.rate_plan.cancellation_policy_id),
        },
        "prices": {"first_night": str(in_days(1)), "last_night": str(in_days(2)), "price": None},
    }
    refusal = send(host, "put", f"/listings/{listing.pk}/{path}/", {**right[path], **body}, 400)
    assert attr in {error["attr"] for error in refusal["errors"]}


def test_money_company_and_status_are_never_written_by_the_way(host: Client, member: Membership) -> None:
    listing = ListingFactory(company=member.company)
    for path, body in (
        (f"/listings/{listing.pk}/", {"status": "published"}),
        (f"/listings/{listing.pk}/", {"company_id": str(member.company_id)}),
        (f"/properties/{listing.property_id}/", {"rating": "5.0"}),
        (f"/properties/{listing.property_id}/", {"company_id": str(member.company_id)}),
        (f"/units/{listing.unit_id}/", {"property_id": str(listing.property_id)}),
    ):
        refusal = send(host, "patch", path, body, 400)
        assert refusal["errors"][0]["code"] == "unknown_field"


def test_a_form_that_is_too_large_is_refused_by_its_header(host: Client, member: Membership) -> None:
    listing = ListingFactory(company=member.company)
    response = host.post(
        f"{HOST}/properties/{listing.property_id}/pictures/",
        {"file": SimpleUploadedFile("a.jpg", b"\xff" * (11 * 1024 * 1024)), "alt": "x"},
    )
    assert response.status_code == 413


def test_a_page_of_properties_costs_the_same_however_long(
    host: Client, member: Membership, django_assert_max_num_queries: Any
) -> None:
    ListingFactory.create_batch(8, company=member.company, property__amenities=[AmenityFactory()])
    with django_assert_max_num_queries(9):
        page = send(host, "get", f"/properties/?company_id={member.company_id}&page_size=5")
    assert len(page["results"]) == 5


@pytest.mark.parametrize(
    "name", ["secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", f"{'0' * 32}-400.webp", "a" * 9999]
)
def test_no_other_file_is_shown(client: Client, settings: Any, tmp_path: Path, name: str) -> None:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "pictures").mkdir()
    for folder in (tmp_path, tmp_path / "pictures"):
        (folder / "secret.txt").write_text("secret")
    assert client.get(f"/media/pictures/{name}").status_code == 404
