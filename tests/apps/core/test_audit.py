"""The audit trail is written by the database, so that nothing gets past it."""

import pghistory
import pytest
from django.db import connection

from freehold.companies.models import Membership
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db

History = Membership.history.rel.related_model


def labels(membership_id: object) -> list[tuple[str, str]]:
    return list(History.objects.filter(pgh_obj_id=membership_id).order_by("pgh_id").values_list("pgh_label", "role"))


def test_saves_queryset_updates_and_plain_sql_all_leave_a_trace() -> None:
    membership = MembershipFactory()
    membership.role = "staff"
    membership.save()
    Membership.objects.system("test").filter(pk=membership.pk).update(role="admin")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE companies_membership SET role = 'host' WHERE id = %s", [membership.pk])
        cursor.execute("DELETE FROM companies_membership WHERE id = %s", [membership.pk])
    assert labels(membership.pk) == [
        ("insert", "host"),
        ("update", "staff"),
        ("update", "admin"),
        ("update", "host"),
        ("delete", "host"),
    ]


def test_who_and_why_are_noted() -> None:
    with pghistory.context(user="somebody", reason="a test"):
        membership = MembershipFactory()
    [entry] = History.objects.filter(pgh_obj_id=membership.pk).select_related("pgh_context")
    assert entry.pgh_context.metadata["reason"] == "a test"
