"""Who works in a company, and that somebody always manages it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from freehold.accounts.models import User
from freehold.companies.models import Company, Membership, Role
from freehold.companies.selectors import members_of, memberships_of
from freehold.companies.services.add_member import add_member
from freehold.companies.services.change_role import change_role
from freehold.companies.services.create_company import create_company
from freehold.companies.services.remove_member import remove_member
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict, NotFound
from freehold.domain.errors import DomainError
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def founded(user: User, name: str = "Harbour Stays") -> Company:
    return create_company(actor=Actor.of(user), name=name, currency="USD", time_zone="America/New_York")


def test_whoever_brings_a_company_is_its_administrator() -> None:
    founder = UserFactory()
    company = founded(founder)
    [membership] = memberships_of(user=founder)
    assert (membership.company_id, membership.role, membership.slug) == (company.pk, "admin", "harbour-stays")
    assert "companies.members" in membership.permissions
    assert founded(UserFactory()).slug != company.slug


def test_a_company_needs_somebody_a_currency_and_a_time_zone_that_exist() -> None:
    with pytest.raises(AccessDenied):
        create_company(actor=Actor.anonymous(), name="X", currency="USD")
    actor = Actor.of(UserFactory())
    with pytest.raises(BadInput):
        create_company(actor=actor, name="X", currency="XXX")
    with pytest.raises(DomainError):
        create_company(actor=actor, name="X", currency="USD", time_zone="Mars/Base")
    founded(actor.user)
    with pytest.raises(BadInput):
        create_company(actor=actor, name="X", currency="USD", slug="harbour-stays")
    assert Company.objects.count() == 1


def test_administrators_add_change_and_remove_people() -> None:
    founder, person = UserFactory(), UserFactory()
    company, actor = founded(founder), Actor.of(founder)
    membership = add_member(actor=actor, company_id=company.pk, user=person, role=Role.HOST)
    with pytest.raises(Conflict):
        add_member(actor=actor, company_id=company.pk, user=person, role=Role.STAFF)
    changed = change_role(actor=actor, company_id=company.pk, membership_id=membership.pk, role=Role.STAFF)
    assert changed.role == Role.STAFF
    assert len(members_of(actor=actor, company_id=company.pk)) == 2
    remove_member(actor=actor, company_id=company.pk, membership_id=membership.pk)
    assert memberships_of(user=person) == []


@pytest.mark.parametrize("role", [Role.HOST, Role.STAFF])
def test_other_roles_manage_nobody_but_may_leave(role: Role) -> None:
    member = MembershipFactory(role=role)
    actor, company_id = Actor.of(member.user), member.company_id
    other = MembershipFactory(company=member.company)
    with pytest.raises(AccessDenied):
        add_member(actor=actor, company_id=company_id, user=UserFactory(), role=Role.HOST)
    with pytest.raises(AccessDenied):
        change_role(actor=actor, company_id=company_id, membership_id=member.pk, role=Role.ADMIN)
    with pytest.raises(AccessDenied):
        remove_member(actor=actor, company_id=company_id, membership_id=other.pk)
    with pytest.raises(AccessDenied):
        members_of(actor=actor, company_id=company_id)
    remove_member(actor=actor, company_id=company_id, membership_id=member.pk)


def test_another_company_does_not_exist_for_an_outsider() -> None:
    mine, theirs = MembershipFactory(role="admin"), MembershipFactory(role="admin")
    actor = Actor.of(mine.user)
    with pytest.raises(NotFound):
        add_member(actor=actor, company_id=theirs.company_id, user=UserFactory(), role=Role.HOST)
    with pytest.raises(NotFound):
        change_role(actor=actor, company_id=theirs.company_id, membership_id=theirs.pk, role=Role.HOST)
    with pytest.raises(NotFound):
        remove_member(actor=actor, company_id=theirs.company_id, membership_id=theirs.pk)
    # A foreign id under one's own company is not found either.
    with pytest.raises(NotFound):
        remove_member(actor=actor, company_id=mine.company_id, membership_id=theirs.pk)
    with pytest.raises(NotFound):
        remove_member(actor=actor, company_id=mine.company_id, membership_id=uuid4())


def test_a_closed_company_is_nobody_s() -> None:
    member = MembershipFactory(role="admin")
    Company.objects.update(is_active=False)
    assert memberships_of(user=member.user) == []
    with pytest.raises(NotFound):
        members_of(actor=Actor.of(member.user), company_id=member.company_id)


def test_the_last_administrator_can_neither_leave_nor_step_down() -> None:
    founder = UserFactory()
    company, actor = founded(founder), Actor.of(founder)
    [membership] = Membership.objects.company(company.pk)
    with pytest.raises(Conflict) as refusal:
        remove_member(actor=actor, company_id=company.pk, membership_id=membership.pk)
    assert refusal.value.code == "last_admin"
    with pytest.raises(Conflict):
        change_role(actor=actor, company_id=company.pk, membership_id=membership.pk, role=Role.HOST)
    add_member(actor=actor, company_id=company.pk, user=UserFactory(), role=Role.ADMIN)
    remove_member(actor=actor, company_id=company.pk, membership_id=membership.pk)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_leave_at_once_one_stays() -> None:
    first = MembershipFactory(role="admin")
    second = MembershipFactory(company=first.company, role="admin")
    barrier = Barrier(2)

    def leave(member: Membership) -> str:
        try:
            barrier.wait()
            remove_member(actor=Actor.of(member.user), company_id=member.company_id, membership_id=member.pk)
        except Conflict as refusal:
            return refusal.code
        finally:
            connection.close()
        return "left"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, [first, second])) == ["last_admin", "left"]
