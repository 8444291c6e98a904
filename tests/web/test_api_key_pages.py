"""The console's page of API keys."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from freehold.accounts.models import User
from freehold.companies.models import ApiKey
from freehold.companies.services.create_api_key import create_api_key
from freehold.core.actor import Actor
from tests.factories import PASSWORD, MembershipFactory
from tests.support.factors import prove

pytestmark = pytest.mark.django_db

WANTED = {"name": "Calendar server", "scopes": ["bookings:read", "inventory:write"], "days": "90"}


@pytest.fixture
def admin() -> User:
    user: User = MembershipFactory(role="admin").user
    return user


@pytest.fixture
def browser(admin: User) -> Client:
    browser = Client()
    browser.force_login(admin)
    return browser


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_key_is_made_after_a_fresh_proof_shown_once_used_and_revoked(browser: Client, admin: User) -> None:
    asked = browser.post("/console/api-keys/", WANTED)
    assert asked.status_code == 302
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert not ApiKey.objects.system("test").exists()
    made = browser.post(asked["Location"], {"password": PASSWORD})
    found = re.search(r"fhk_[a-z0-9]{10}\.[A-Za-z0-9_-]{43}", text(made))
    assert found
    assert made["Cache-Control"] == "private, no-store"
    key = ApiKey.objects.system("test").get()
    headers = {"Authorization": f"Api-Key {found[0]}"}
    address = f"/api/v1/host/bookings/?company_id={key.company_id}"
    assert Client().get(address, headers=headers).status_code == 200
    page = text(browser.get("/console/api-keys/"))
    assert key.prefix in page
    assert found[0] not in page
    assert browser.post(f"/console/api-keys/{key.pk}/revoke/", follow=True).status_code == 200
    assert Client().get(address, headers=headers).status_code == 401
    assert "Revoked" in text(browser.get("/console/api-keys/"))


@pytest.mark.parametrize("changes", [{"name": ""}, {"scopes": []}, {"scopes": ["companies:write"]}, {"days": "9999"}])
def test_what_makes_no_sense_is_said_beside_its_field(browser: Client, admin: User, changes: dict[str, Any]) -> None:
    prove(browser, admin)
    refused = browser.post("/console/api-keys/", {**WANTED, **changes})
    assert refused.status_code == 400
    assert not ApiKey.objects.system("test").exists()


def test_the_menu_shows_it_to_administrators_only(browser: Client) -> None:
    assert "/console/api-keys/" in text(browser.get("/console/"))
    other = Client()
    other.force_login(MembershipFactory(role="staff").user)
    assert "/console/api-keys/" not in text(other.get("/console/"))


def test_the_page_costs_the_same_for_many_keys(browser: Client, admin: User) -> None:
    company_id = admin.memberships.guest(admin).get().company_id

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/console/api-keys/").status_code == 200
        return len(queries)

    for _ in range(2):
        create_api_key(actor=Actor.of(admin), company_id=company_id, name="x", scopes=["bookings:read"])
    few = cost()
    for _ in range(8):
        create_api_key(actor=Actor.of(admin), company_id=company_id, name="x", scopes=["bookings:read"])
    assert cost() == few <= 14
