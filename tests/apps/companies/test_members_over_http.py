"""Who works in a company, as its administrator's program sees and changes it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from freehold.companies.models import Membership
from tests.factories import MembershipFactory
from tests.support.factors import give_app, prove

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Membership:
    member: Membership = MembershipFactory(role="admin")
    return member


@pytest.fixture
def client(admin: Membership) -> Client:
    client = Client()
    client.force_login(admin.user)
    return client


def members_at(admin: Membership) -> str:
    return f"/api/v1/companies/{admin.company_id}/members/"


def send(client: Client, method: str, address: str, body: Any = None) -> Any:
    return getattr(client, method)(address, body or {}, content_type="application/json")


def test_the_list_says_who_has_a_second_factor_in_a_fixed_number_of_queries(client: Client, admin: Membership) -> None:
    give_app(MembershipFactory(role="host", company=admin.company).user)
    with CaptureQueriesContext(connection) as few:
        found = client.get(members_at(admin)).json()["results"]
    assert [(each["role"], each["has_second_factor"]) for each in found] == [("admin", False), ("host", True)]
    for _ in range(5):
        MembershipFactory(company=admin.company)
    with CaptureQueriesContext(connection) as many:
        assert len(client.get(members_at(admin)).json()["results"]) == 7
    assert len(many) == len(few)


def test_a_role_changes_after_a_fresh_proof_only(client: Client, admin: Membership) -> None:
    host = MembershipFactory(role="host", company=admin.company)
    address = f"{members_at(admin)}{host.pk}/"
    for method, body in (("patch", {"role": "admin"}), ("delete", None)):
        refused = send(client, method, address, body)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "reauthentication_required")
    host.refresh_from_db()
    assert host.role == "host"
    prove(client, admin.user, seconds_ago=301)
    assert send(client, "patch", address, {"role": "admin"}).status_code == 403
    prove(client, admin.user)
    assert send(client, "patch", address, {"role": "admin"}).json()["role"] == "admin"
    assert send(client, "delete", address).status_code == 204
    assert send(client, "delete", address).status_code == 404


def test_bad_roles_and_the_last_administrator_are_refused(client: Client, admin: Membership) -> None:
    prove(client, admin.user)
    address = f"{members_at(admin)}{admin.pk}/"
    wrong = send(client, "patch", address, {"role": "owner"})
    assert (wrong.status_code, wrong.json()["errors"][0]["attr"]) == (400, "role")
    last = send(client, "patch", address, {"role": "host"})
    assert (last.status_code, last.json()["errors"][0]["code"]) == (409, "last_admin")


def test_a_member_of_another_company_is_not_found(client: Client, admin: Membership) -> None:
    prove(client, admin.user)
    stranger = MembershipFactory()
    for address in (f"{members_at(admin)}{stranger.pk}/", f"{members_at(stranger)}{stranger.pk}/"):
        assert send(client, "patch", address, {"role": "staff"}).status_code == 404
