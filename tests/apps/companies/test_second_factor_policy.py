"""A company that asks its people for a second factor: they sign in, and find the door of the company closed."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from freehold.accounts.models import User
from freehold.companies.models import Company, Membership
from freehold.companies.policies import SecondFactorRequired, may, require
from freehold.companies.selectors import memberships_of
from freehold.companies.services.ask_for_second_factor import ask_for_second_factor
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, Conflict, NotFound
from tests.factories import MembershipFactory, UserFactory
from tests.support.factors import give_app, prove

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Membership:
    member: Membership = MembershipFactory(role="admin", company__name="Careful Stays")
    give_app(member.user)
    return member


@pytest.fixture
def staff(admin: Membership) -> Membership:
    member: Membership = MembershipFactory(role="staff", company=admin.company)
    return member


@pytest.fixture
def careful(admin: Membership) -> Company:
    return ask_for_second_factor(actor=Actor.of(admin.user), company_id=admin.company_id, is_asked=True)


def browser(user: User, *, is_proved: bool = False) -> Client:
    client = Client()
    client.force_login(user)
    if is_proved:
        prove(client, user)
    return client


def bookings_of(company: Company) -> str:
    return f"/api/v1/host/bookings/?company_id={company.pk}"


def test_who_has_no_factor_may_nothing_there_until_there_is_one(careful: Company, staff: Membership) -> None:
    actor = Actor.of(staff.user)
    assert not may(actor=actor, permission="bookings.view", company_id=careful.pk)
    with pytest.raises(SecondFactorRequired):
        require(actor=actor, permission="bookings.view", company_id=careful.pk)
    answer = browser(staff.user).get(bookings_of(careful))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "second_factor_required")
    [membership] = memberships_of(user=staff.user)
    assert (membership.needs_second_factor, membership.permissions) == (True, ())

    give_app(staff.user)
    assert may(actor=actor, permission="bookings.view", company_id=careful.pk)
    assert browser(staff.user).get(bookings_of(careful)).status_code == 200
    [membership] = memberships_of(user=staff.user)
    assert not membership.needs_second_factor


def test_recovery_codes_alone_are_no_second_factor(careful: Company, staff: Membership) -> None:
    give_app(staff.user)
    staff.user.authenticator_set.filter(type="totp").delete()
    assert not may(actor=Actor.of(staff.user), permission="bookings.view", company_id=careful.pk)


def test_other_companies_and_one_s_own_trips_stay_open(careful: Company, staff: Membership) -> None:
    elsewhere = MembershipFactory(role="host", user=staff.user, company__name="Easy Stays")
    client = browser(staff.user)
    assert client.get(bookings_of(elsewhere.company)).status_code == 200
    assert client.get("/trips/").status_code == 200
    page = client.get("/console/")
    assert "Easy Stays" in page.content.decode()
    switched = client.post("/console/company/", {"company": careful.slug})
    assert switched["Location"] == "/accounts/2fa/"
    assert client.get("/console/").status_code == 200


def test_the_console_leads_to_the_set_up(careful: Company, staff: Membership) -> None:
    client = browser(staff.user)
    answer = client.get("/console/bookings/", follow=True)
    assert answer.redirect_chain == [("/accounts/2fa/", 302)]
    assert "Careful Stays asks its people for a second step" in answer.content.decode()


def test_an_outsider_still_learns_nothing(careful: Company) -> None:
    with pytest.raises(NotFound):
        require(actor=Actor.of(UserFactory()), permission="bookings.view", company_id=careful.pk)


def test_nobody_locks_themselves_out(admin: Membership) -> None:
    admin.user.authenticator_set.all().delete()
    with pytest.raises(Conflict) as refused:
        ask_for_second_factor(actor=Actor.of(admin.user), company_id=admin.company_id, is_asked=True)
    assert refused.value.code == "second_factor_first"
    assert not Company.objects.get(pk=admin.company_id).requires_second_factor


def test_who_does_not_manage_the_company_changes_no_policy(admin: Membership, staff: Membership) -> None:
    give_app(staff.user)
    with pytest.raises(AccessDenied):
        ask_for_second_factor(actor=Actor.of(staff.user), company_id=admin.company_id, is_asked=True)


def test_the_policy_is_changed_over_the_api_after_a_fresh_proof(admin: Membership) -> None:
    address, body = f"/api/v1/companies/{admin.company_id}/", {"requires_second_factor": True}
    refused = browser(admin.user).patch(address, body, content_type="application/json")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "reauthentication_required")
    done = browser(admin.user, is_proved=True).patch(address, body, content_type="application/json")
    assert done.json() == {"id": str(admin.company_id), "requires_second_factor": True}
    assert [row.requires_second_factor for row in admin.company.history.order_by("pgh_id")] == [False, True]


def test_the_policy_is_changed_in_the_console_after_a_fresh_proof(admin: Membership, staff: Membership) -> None:
    client = browser(admin.user)
    page = client.get("/console/security/").content.decode()
    assert "Switch on" in page
    assert "Password only" in page
    asked = client.post("/console/security/", {"is_asked": "yes"})
    assert asked["Location"] == "/accounts/reauthenticate/?next=%2Fconsole%2Fsecurity%2F"
    assert not Company.objects.get(pk=admin.company_id).requires_second_factor
    # The request that was kept goes on by itself.
    client.post(asked["Location"], {"password": "Correct-Horse-9"})
    assert Company.objects.get(pk=admin.company_id).requires_second_factor
    assert client.post("/console/security/", {"is_asked": "no"}).status_code == 302
    assert not Company.objects.get(pk=admin.company_id).requires_second_factor
    assert browser(staff.user).get("/console/security/").status_code == 403


def test_a_company_that_asks_for_nothing_costs_no_query(staff: Membership) -> None:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        require(actor=Actor.of(staff.user), permission="bookings.view", company_id=staff.company_id)
        memberships_of(user=staff.user)
    assert len(seen) == 2
