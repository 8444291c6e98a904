"""A tenant's rows are out of reach of any query that does not say on whose behalf it runs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Count, Exists, OuterRef, Prefetch, Subquery
from pytest_django import DjangoAssertNumQueries

from freehold.accounts.models import User
from freehold.companies.models import Company, Membership
from freehold.core.scoping import UnscopedQuery
from freehold.properties.models import Listing
from tests.factories import CompanyFactory, ListingFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

members = Membership.objects

UNSCOPED: dict[str, Callable[[], Any]] = {
    "iterate": lambda: list(members.all()),
    "slice": lambda: members.all()[0],
    "get": lambda: members.get(role="admin"),
    "first": lambda: members.first(),
    "filter": lambda: list(members.filter(role="admin")),
    "exclude": lambda: list(members.exclude(role="admin")),
    "values": lambda: list(members.values("role")),
    "values_list": lambda: list(members.values_list("role", flat=True)),
    "iterator": lambda: list(members.all().iterator()),
    "count": lambda: members.count(),
    "exists": lambda: members.exists(),
    "contains": lambda: members.all().contains(Membership()),
    "aggregate": lambda: members.aggregate(Count("id")),
    "in_bulk": lambda: members.in_bulk(),
    "earliest": lambda: members.earliest("created_at"),
    "dates": lambda: list(members.dates("created_at", "day")),
    "distinct": lambda: list(members.distinct().order_by("id")),
    "explain": lambda: members.all().explain(),
    "raw": lambda: list(members.raw("SELECT * FROM companies_membership")),
    "update": lambda: members.update(role="admin"),
    "delete": lambda: members.all().delete(),
    "raw delete": lambda: members.all()._raw_delete("default"),
    "bulk_update": lambda: members.bulk_update([Membership(role="admin")], ["role"]),
    "get_or_create": lambda: members.get_or_create(role="admin"),
    "update_or_create": lambda: members.update_or_create(role="admin"),
    "select_for_update": lambda: members.select_for_update().first(),
    "in a filter": lambda: list(Company.objects.filter(pk__in=members.values("company_id"))),
    "in Exists": lambda: list(Company.objects.filter(Exists(members.filter(company_id=OuterRef("pk"))))),
    "in Subquery": lambda: list(Company.objects.annotate(n=Subquery(members.values("role")[:1]))),
    "in a union": lambda: list(members.system("test").union(members.all())),
    "or": lambda: list(members.system("test") | members.all()),
    "or, the other way": lambda: list(members.all() | members.system("test")),
    "and": lambda: list(members.all() & members.system("test")),
    "prefetch": lambda: list(User.objects.prefetch_related(Prefetch("memberships", queryset=members.all()))),
    "none": lambda: list(members.none() | members.all()),
    "printed": lambda: repr(members.all()),
}


@pytest.mark.parametrize("name", UNSCOPED)
def test_a_query_without_a_scope_raises(name: str) -> None:
    MembershipFactory()
    with pytest.raises(UnscopedQuery):
        UNSCOPED[name]()


def test_it_raises_before_the_database_is_asked(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0), pytest.raises(UnscopedQuery):
        list(members.all())


def test_the_company_scope_shows_one_company(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    mine, _other = MembershipFactory(), MembershipFactory()
    with django_assert_num_queries(1):
        assert list(members.company(mine.company_id)) == [mine]
    assert members.company(mine.company_id).count() == 1
    assert members.filter(role="host").company(mine.company_id).get() == mine


def test_the_guest_scope_shows_a_person_s_own_rows_and_nothing_to_nobody() -> None:
    mine, _other = MembershipFactory(), MembershipFactory()
    assert list(members.guest(mine.user)) == [mine]
    assert list(members.guest(None)) == []
    assert list(members.guest(User())) == []


def test_the_published_scope_shows_what_is_published() -> None:
    shown = ListingFactory()
    ListingFactory(status="draft")
    assert list(Listing.objects.published()) == [shown]


def test_a_scope_that_a_model_does_not_offer_raises() -> None:
    with pytest.raises(UnscopedQuery):
        members.published()
    with pytest.raises(UnscopedQuery):
        members.system("")


def test_what_is_reached_through_a_parent_is_in_scope() -> None:
    membership = MembershipFactory()
    assert list(membership.user.memberships.all()) == [membership]
    assert membership.user.memberships.count() == 1
    [user] = User.objects.filter(pk=membership.user_id).prefetch_related("memberships")
    assert list(user.memberships.all()) == [membership]
    assert membership.company == Company.objects.get()


def test_combinations_of_scoped_queries_work() -> None:
    first, second = MembershipFactory(), MembershipFactory()
    both = members.company(first.company_id) | members.company(second.company_id)
    assert set(both) == {first, second}
    assert set(members.company(first.company_id).union(members.company(second.company_id))) == {first, second}
    inside = Company.objects.filter(pk__in=members.guest(first.user).values("company_id"))
    assert list(inside) == [first.company]
    assert Company.objects.filter(Exists(members.guest(first.user).filter(company_id=OuterRef("pk")))).count() == 1


def test_excluding_over_a_to_many_relation_works_in_scope_only() -> None:
    listing = ListingFactory()
    to_many = Listing.objects.company(listing.company_id).exclude(property__gallery__position=99)
    assert list(to_many) == [listing]
    before = Listing.objects.exclude(property__gallery__position=99).company(listing.company_id)
    assert list(before) == [listing]
    with pytest.raises(UnscopedQuery):
        list(Listing.objects.exclude(property__gallery__position=99))


def test_rows_are_created_without_a_scope_because_they_name_their_owner() -> None:
    company, user = CompanyFactory(), UserFactory()
    members.create(company=company, user=user, role="host")
    members.bulk_create([Membership(company=company, user=UserFactory(), role="host")])
    assert members.company(company.pk).count() == 2
    assert members.company(company.pk).update(role="staff") == 2
    assert members.company(company.pk).delete()[0] >= 2
