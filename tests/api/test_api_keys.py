"""Keys of a company's servers: made once, kept as a hash, narrow, and ended at once."""

from datetime import timedelta
from typing import Any

import pghistory
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from freehold.accounts.models import User
from freehold.api import throttling
from freehold.companies.models import ApiKey, ApiKeyUse, Company
from freehold.companies.policies import PERMISSIONS
from freehold.companies.services.create_api_key import MAX_LIVE_KEYS, create_api_key
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.models import IdempotencyKey
from freehold.properties.models import Property
from tests.factories import CompanyFactory, ListingFactory, MembershipFactory, PropertyFactory, UserFactory
from tests.support.booked import hold
from tests.support.factors import prove

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return CompanyFactory()


@pytest.fixture
def admin(company: Company) -> User:
    user: User = MembershipFactory(company=company, role="admin").user
    return user


def make(company: Company, admin: User, *scopes: str, **options: Any) -> tuple[ApiKey, str]:
    return create_api_key(
        actor=Actor.of(admin), company_id=company.pk, name="Server", scopes=scopes or ("properties:read",), **options
    )


def server(text: str, scheme: str = "Api-Key") -> Client:
    return Client(headers={"Authorization": f"{scheme} {text}"})


def places(client: Client, company: Company) -> Any:
    return client.get(f"/api/v1/host/properties/?company_id={company.pk}")


def code(response: Any) -> str:
    return str(response.json()["errors"][0]["code"])


def test_a_key_is_shown_once_and_kept_as_a_hash(company: Company, admin: User) -> None:
    browser = Client()
    browser.force_login(admin)
    wanted = {"company_id": str(company.pk), "name": " Calendar ", "scopes": ["properties:read"], "days": 30}
    unproved = browser.post("/api/v1/host/api-keys/", wanted, content_type="application/json")
    assert (unproved.status_code, code(unproved)) == (403, "reauthentication_required")
    prove(browser, admin)
    made = browser.post(
        "/api/v1/host/api-keys/", wanted, content_type="application/json", headers={"Idempotency-Key": "k" * 20}
    )
    assert made.status_code == 201
    assert "no-store" in made["Cache-Control"]
    text = made.json()["key"]
    prefix, secret = text.split(".")
    assert made.json()["prefix"] == prefix
    assert secret not in str(ApiKey.objects.system("test").values().get())
    assert not IdempotencyKey.objects.exists()
    listed = browser.get(f"/api/v1/host/api-keys/?company_id={company.pk}").json()["results"]
    assert [(key["name"], key["prefix"], key["last_used_at"]) for key in listed] == [("Calendar", prefix, None)]
    assert secret not in str(listed)
    assert places(server(text), company).status_code == 200
    assert browser.get(f"/api/v1/host/api-keys/?company_id={company.pk}").json()["results"][0]["last_used_at"]


def test_a_key_does_what_its_scopes_say_and_no_more(company: Company, admin: User) -> None:
    place: Property = PropertyFactory(company=company)
    _key, text = make(company, admin, "properties:read")
    assert places(server(text), company).json()["results"][0]["id"] == str(place.pk)
    refused = server(text).patch(
        f"/api/v1/host/properties/{place.pk}/", {"title": "x"}, content_type="application/json"
    )
    assert (refused.status_code, code(refused)) == (403, "permission_denied")
    assert server(text).get(f"/api/v1/host/bookings/?company_id={company.pk}").status_code == 403
    _key, text = make(company, admin, "properties:write")
    changed = server(text).patch(
        f"/api/v1/host/properties/{place.pk}/", {"title": "x"}, content_type="application/json"
    )
    assert changed.status_code == 200


def test_a_key_that_reads_bookings_reads_each_of_its_company_and_does_nothing_with_it(
    company: Company, admin: User
) -> None:
    mine, foreign = hold(ListingFactory(company=company)), hold(ListingFactory())
    _key, text = make(company, admin, "bookings:read")
    found = server(text).get(f"/api/v1/bookings/{mine.pk}/")
    assert (found.status_code, found.json()["reference"]) == (200, mine.reference)
    assert server(text).get(f"/api/v1/bookings/{foreign.pk}/").status_code == 404
    for what in ("cancel", "extend", "guests"):
        body: dict[str, Any] = {"guests": []} if what == "guests" else {}
        answer = server(text).post(f"/api/v1/bookings/{mine.pk}/{what}/", body, content_type="application/json")
        assert answer.status_code == 403
    _key, other = make(company, admin, "properties:read")
    assert server(other).get(f"/api/v1/bookings/{mine.pk}/").status_code == 403


def test_other_companies_are_not_there_even_for_the_key_of_a_superuser(company: Company) -> None:
    superuser = UserFactory(is_superuser=True, is_staff=True)
    _key, text = make(company, superuser, "properties:write", "bookings:write")
    other: Property = PropertyFactory()
    assert places(server(text), other.company).status_code == 404
    assert server(text).get(f"/api/v1/host/properties/{other.pk}/").status_code == 404
    assert server(text).get(f"/api/v1/host/bookings/?company_id={other.company_id}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "me/"), ("patch", "me/"), ("get", "companies/"), ("post", "auth/logout/"), ("get", "bookings/"),
     ("post", "bookings/"), ("get", "host/api-key-scopes/"), ("post", "host/api-keys/")],
)  # fmt: skip
def test_what_is_a_person_s_is_closed_to_keys(company: Company, admin: User, method: str, path: str) -> None:
    _key, text = make(company, admin, "bookings:write")
    response = getattr(server(text), method)(f"/api/v1/{path}", content_type="application/json")
    assert response.status_code == 403


def test_what_everybody_may_see_a_key_may_see_and_pages_do_not_know_keys(company: Company, admin: User) -> None:
    _key, text = make(company, admin)
    listing = ListingFactory()
    assert server(text).get(f"/api/v1/listings/{listing.pk}/").status_code == 200
    assert server(text).get("/console/").status_code == 302


def test_keys_that_are_wrong_revoked_over_or_of_a_closed_company_open_nothing(company: Company, admin: User) -> None:
    key, text = make(company, admin, days=1)
    prefix, secret = text.split(".")
    for bad in (
        prefix,
        f"{prefix}.",
        f"{prefix}.{secret[:-1]}x",
        f"fhk_aaaaaaaaaa.{secret}",
        f"{text} ",
        "",
        "ü",
        text * 9,
    ):
        response = places(server(bad), company)
        assert response.status_code == (200 if bad.strip() == text else 401), bad
    assert places(server(text, scheme="Bearer"), company).status_code == 401
    Company.objects.filter(pk=company.pk).update(is_active=False)
    assert places(server(text), company).status_code == 401
    Company.objects.filter(pk=company.pk).update(is_active=True)
    assert places(server(text), company).status_code == 200
    clock.move(timedelta(days=1, minutes=1))
    assert places(server(text), company).status_code == 401
    clock.move(-timedelta(days=1, minutes=1))
    assert places(server(text), company).status_code == 200
    browser = Client()
    browser.force_login(admin)
    assert browser.delete(f"/api/v1/host/api-keys/{key.pk}/").status_code == 204
    assert browser.delete(f"/api/v1/host/api-keys/{key.pk}/").status_code == 204
    assert places(server(text), company).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [{"name": " "}, {"scopes": []}, {"scopes": ["companies:write"]}, {"scopes": ["bookings"]}, {"days": 0},
     {"days": 10_000}, {"days": "ten"}, {"permissions": ["bookings.view"]}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(company: Company, admin: User, changes: dict[str, Any]) -> None:
    browser = Client()
    browser.force_login(admin)
    prove(browser, admin)
    wanted = {"company_id": str(company.pk), "name": "x", "scopes": ["bookings:read"], **changes}
    assert browser.post("/api/v1/host/api-keys/", wanted, content_type="application/json").status_code == 400
    assert not ApiKey.objects.system("test").exists()


def test_a_company_has_so_many_live_keys_and_no_more(company: Company, admin: User) -> None:
    for _ in range(MAX_LIVE_KEYS):
        key, _text = make(company, admin)
    browser = Client()
    browser.force_login(admin)
    prove(browser, admin)
    wanted = {"company_id": str(company.pk), "name": "x", "scopes": ["bookings:read"]}
    refused = browser.post("/api/v1/host/api-keys/", wanted, content_type="application/json")
    assert (refused.status_code, code(refused)) == (409, "too_many_keys")
    browser.delete(f"/api/v1/host/api-keys/{key.pk}/")
    assert browser.post("/api/v1/host/api-keys/", wanted, content_type="application/json").status_code == 201


def test_scopes_cover_what_roles_may_do_except_the_company_itself_and_paying_out() -> None:
    browser = Client()
    browser.force_login(UserFactory())
    scopes = browser.get("/api/v1/host/api-key-scopes/").json()
    assert scopes["bookings:read"] == ["bookings.view"]
    assert set(scopes["bookings:write"]) > {"bookings.view", "bookings.cancel"}
    covered = {permission for permissions in scopes.values() for permission in permissions}
    for_people = ("companies.", "payouts.")
    assert covered == {permission for permission in PERMISSIONS["admin"] if not permission.startswith(for_people)}


def test_asking_with_a_key_costs_one_query_and_its_use_is_noted_now_and_then(company: Company, admin: User) -> None:
    key, text = make(company, admin)
    places(server(text), company)
    with CaptureQueriesContext(connection) as queries:
        places(server(text), company)
    about_keys = [query["sql"] for query in queries if "companies_apikey" in query["sql"]]
    assert len(about_keys) == 1
    first = ApiKeyUse.objects.get().used_at
    clock.move(timedelta(minutes=6))
    places(server(text), company)
    assert ApiKeyUse.objects.get().used_at - first > timedelta(minutes=5)
    assert key.history.count() == 1


def test_the_audit_trail_names_the_key(company: Company, admin: User) -> None:
    listing = ListingFactory(company=company)
    key, text = make(company, admin, "properties:write")
    assert server(text).post(f"/api/v1/host/listings/{listing.pk}/pause/").status_code == 200
    contexts = pghistory.models.Context.objects.filter(metadata__api_key=str(key.pk))
    assert contexts.get().metadata["user"] is None


def test_each_key_has_limits_of_its_own(company: Company, admin: User, settings: Any) -> None:
    settings.API_RATE_LIMITS = {**settings.API_RATE_LIMITS, "read": "2/60s"}
    throttling.limit_of.cache_clear()
    first, second = make(company, admin)[1], make(company, admin)[1]
    answers = [places(server(text), company).status_code for text in (first, first, first, second)]
    throttling.limit_of.cache_clear()
    assert answers == [200, 200, 429, 200]


def test_trying_keys_is_slowed_down() -> None:
    answers = {server(f"fhk_aaaaaaaaaa.{'x' * 43}").get("/api/v1/me/").status_code for _ in range(60)}
    assert answers == {401}
    refused = server(f"fhk_aaaaaaaaaa.{'x' * 43}").get("/api/v1/me/")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
