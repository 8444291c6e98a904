"""What the console gives to other programs: every table in the one shape."""

import csv

import pytest
from django.test import Client
from django.urls import reverse

from freehold.companies.models import Company
from freehold.core.actor import Actor
from freehold.payments.services.decide_transfer import record_payout_by_hand
from freehold.web.console.tables import MARK
from freehold.web.console.urls import urlpatterns
from tests.factories import ListingFactory
from tests.permissions.rows import reconciliation
from tests.permissions.world import World
from tests.support.booked import hold
from tests.support.outgoings import PayDesk

pytestmark = pytest.mark.django_db

ZONE, OFFSET = "Asia/Kathmandu", "+05:45"
TABLES = sorted(str(each.name) for each in urlpatterns if str(each.pattern).endswith(".csv"))


@pytest.fixture
def company() -> Company:
    """One with a row in every table; its places are elsewhere."""
    world = World()
    Company.objects.filter(pk=world.company.pk).update(time_zone=ZONE)
    world.company.refresh_from_db()
    reconciliation.difference(world)
    hold(ListingFactory(company=world.company, property__company=world.company))
    desk = PayDesk(world.company)
    outgoing = desk.approved(desk.place(desk.payee("supplier", "Plumber"), "cash", "cash", receiver="Pia"))
    record_payout_by_hand(actor=desk.maker, outgoing_id=outgoing.pk, receipt="7")
    company: Company = world.company
    return company


def test_every_table_is_known() -> None:
    assert TABLES == ["bookings_csv", "payouts_csv", "reconciliation_csv"]


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_one_shape(client: Client, company: Company, name: str) -> None:
    checker: Actor = PayDesk(company).checker
    client.force_login(checker.user)
    answer = client.get(reverse(f"console:{name}"))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].endswith(f'-{company.slug}.csv"')
    text = answer.content.decode()
    assert text.startswith(MARK)
    assert text.count(MARK) == 1
    head, *rows = csv.reader(text.removeprefix(MARK).splitlines())
    assert rows
    assert {len(row) for row in rows} == {len(head)}
    moments = [cell for row in rows for cell in row if cell[:2] == "20" and "T" in cell]
    assert moments
    assert {moment[-6:] for moment in moments} == {OFFSET}
