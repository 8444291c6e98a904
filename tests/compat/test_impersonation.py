"""An administrator gives somebody's front end a token, which works at the older APIs, and leaves a trace."""

import json
from typing import Any

import pytest
from django.test import Client

from freehold.accounts.models import Impersonation, User
from freehold.bookings.models import Booking
from freehold.core.actor import Actor
from freehold.distribution.pictures.gallery import PictureStock
from freehold.distribution.services.demo_showcase import FIRMS, LAST_FIRMS, load_showcase
from freehold.distribution.services.demo_words import define_words
from tests.factories import UserFactory
from tests.support.factors import prove
from tests.support.one_place import one_place

pytestmark = pytest.mark.django_db

REASON = "Asked us to look why a booking is not shown"


@pytest.fixture
def admin() -> User:
    return User.objects.create_superuser("admin@example.org", "a long sentence")


@pytest.fixture
def person() -> User:
    made: User = UserFactory(username="jackdev", first_name="Jack")
    return made


@pytest.fixture
def token(admin: User, person: User) -> str:
    client = Client()
    client.force_login(admin)
    prove(client, admin)
    asked = {"user_id": str(person.pk), "reason": REASON}
    answer = client.post("/api/v1/impersonations/", asked, content_type="application/json")
    assert answer.status_code == 201, answer.content
    issued: str = answer.json()["access"]
    return issued


def test_the_way_from_an_administrators_password_to_somebodys_token(person: User) -> None:
    User.objects.create_superuser("root@example.org", "a long sentence")
    credentials = {"email": "root@example.org", "password": "a long sentence"}
    admin = call("", "POST", "/auth/login", credentials).json()["access"]
    asked = {"user_id": str(person.pk), "reason": REASON}
    refused = call(admin, "POST", "/api/v1/impersonations/", asked)
    assert refused.json()["errors"][0]["code"] == "reauthentication_required"

    assert call(admin, "POST", "/api/v1/auth/reauthenticate/", {"password": "a long sentence"}).status_code == 204
    issued = call(admin, "POST", "/api/v1/impersonations/", asked)

    assert issued.status_code == 201, issued.content
    assert call(issued.json()["access"], "GET", "/auth/me").json()["id"] == person.serial
    [entry] = call(admin, "GET", "/api/v1/impersonations/").json()["results"]
    assert (entry["user_id"], entry["reason"]) == (str(person.pk), REASON)


def call(token: str, method: str, path: str, body: Any = None) -> Any:
    return Client().generic(
        method,
        path,
        "" if body is None else json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )


@pytest.mark.parametrize("path", ["/auth/me", "/api/auth/me/", "/api/accounts/me/"])
def test_the_token_is_that_of_the_person(token: str, person: User, path: str) -> None:
    answer = call(token, "GET", path)
    assert answer.status_code == 200, answer.content
    assert answer.json()["email"] == person.email


@pytest.mark.parametrize("path", ["/auth/me/bookings", "/auth/me/payments", "/api/bookings/", "/api/stay/bookings/"])
def test_what_is_the_persons_is_seen(token: str, path: str) -> None:
    assert call(token, "GET", path).status_code == 200


def test_who_it_was_in_truth_stands_in_the_books(token: str, admin: User, person: User) -> None:
    answer = call(token, "POST", "/api/bookings/create/", {"property_id": one_place().place.serial})
    assert answer.status_code == 201, answer.content
    booking = Booking.objects.guest(person).get(serial=answer.json()["id"])
    entry = booking.history.select_related("pgh_context").get(pgh_label="insert")
    assert entry.pgh_context.metadata["impersonator"] == str(admin.pk)
    [begun] = Impersonation.objects.all()
    assert (begun.admin, begun.user, begun.reason) == (admin, person, REASON)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/auth/profile/update/"),
        ("PATCH", "/api/v1/me/"),
        ("GET", "/api/v1/me/devices/"),
    ],
)
def test_what_is_the_persons_alone_stays_closed(token: str, method: str, path: str) -> None:
    assert call(token, method, path, {"name": "Somebody Else"}).status_code == 403


def test_a_token_of_somebody_else_is_never_made_to_last(token: str) -> None:
    for path in ("/auth/token/refresh", "/api/auth/refresh/"):
        assert call("", "POST", path, {"refresh": token}).status_code == 401


def test_the_token_ends_when_the_administrator_says_so(token: str, admin: User) -> None:
    client = Client()
    client.force_login(admin)
    [begun] = Impersonation.objects.all()
    assert client.delete(f"/api/v1/impersonations/{begun.pk}/").status_code == 204
    assert call(token, "GET", "/auth/me").status_code == 401


def test_only_administrators_get_one(person: User) -> None:
    client = Client()
    client.force_login(person)
    prove(client, person)
    asked = {"user_id": str(UserFactory().pk), "reason": REASON}
    assert client.post("/api/v1/impersonations/", asked, content_type="application/json").status_code == 403


def test_the_super_user_of_the_demonstration_sees_all_three_businesses(admin: User) -> None:
    system, stock = Actor.system("test"), PictureStock.load()
    define_words(actor=system, stock=stock)
    load_showcase(actor=system, stock=stock, admin=admin, host=UserFactory(), firms=[*FIRMS, *LAST_FIRMS])
    client = Client()
    client.force_login(admin)

    companies = {each["slug"]: each for each in client.get("/api/v1/companies/").json()["results"]}

    for slug in ("padma-estates", "beacon-stays", "dandeli-vintage"):
        found = client.get("/api/v1/host/properties/", {"company_id": companies[slug]["id"]}).json()["results"]
        assert found, slug
        assert client.post("/console/company/", {"company": slug}).status_code == 302
        assert companies[slug]["name"] in client.get("/console/").content.decode()
