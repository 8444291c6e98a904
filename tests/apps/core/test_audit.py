"""The audit trail is written by the database, so that nothing gets past it."""

import pghistory
import pytest
from django.db import connection, transaction

from freehold.companies.models import Membership
from freehold.core.copying import copy_rows
from freehold.properties.models import Amenity
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


def silent_triggers() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('pgtrigger.ignore')")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_no_audited_row_costs_an_error_whatever_came_before_it_on_the_connection() -> None:
    """The triggers parse this setting, and catch the error where they cannot."""
    assert silent_triggers() == "{}"
    for _ in range(2):
        with transaction.atomic():
            copy_rows(Amenity, ("id", "created_at", "updated_at", "code", "name", "group", "icon", "position"), ())
            assert silent_triggers() == "{}"
        assert silent_triggers() == "{}"
