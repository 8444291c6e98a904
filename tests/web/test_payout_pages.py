"""Payments out at the desk: what waits is seen, and a second person approves it after a fresh proof."""

from typing import Any

import pytest
from django.test import Client

from freehold.core.actor import Actor
from freehold.finance.outgoings import get_outgoing
from tests.support.factors import prove
from tests.support.outgoings import PayDesk

pytestmark = pytest.mark.django_db

LIST = "/console/money/payouts/"


@pytest.fixture
def desk() -> PayDesk:
    return PayDesk()


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(actor.user)
    return client


def test_from_the_list_to_the_receipt(desk: PayDesk) -> None:
    row = desk.submitted(desk.place(desk.payee("supplier", "Plumber")), document="INV-7")
    page, maker, checker = f"{LIST}{row.pk}/", browser(desk.maker), browser(desk.checker)
    listed = checker.get(LIST).content.decode()
    assert row.reference in listed
    assert "1 waits to be approved" in listed
    assert "DE89370400440532013000" not in listed
    assert "somebody else approves it" in maker.get(page).content.decode()
    answer = checker.post(f"{page}approve/", {"version": 1})
    assert (answer.status_code, get_outgoing(row.pk).state) == (302, "submitted"), "first who they are, once more"
    prove(checker, desk.checker.user)
    checker.post(f"{page}approve/", {"version": 1})
    assert get_outgoing(row.pk).state == "approved"
    maker.post(f"{page}by-hand/", {"note": "Statement 7"})
    told = maker.get(page).content.decode()
    assert "Statement 7" in told
    assert "expense paid" in told


def test_what_cannot_be_done_is_said(desk: PayDesk) -> None:
    row = desk.submitted(desk.place(desk.payee("supplier", "Plumber")))
    maker = browser(desk.maker)
    answer = maker.post(f"{LIST}{row.pk}/by-hand/", {"note": "Statement 7"}, follow=True)
    assert "This waits to be approved: it cannot be sent now." in answer.content.decode()
    assert maker.post(f"{LIST}{row.pk}/explode/").status_code == 404
    assert maker.get(f"{LIST}?state=eaten&first=x").status_code == 200


def test_the_table_is_filtered_and_harmless(desk: PayDesk) -> None:
    place = desk.place(desk.payee("supplier", "Plumber"))
    desk.draft(place, description="=cmd()")
    desk.submitted(place, description="Pipes")
    table = browser(desk.maker).get("/console/money/payouts.csv?state=draft").content.decode()
    assert "'=cmd()" in table
    assert "Pipes" not in table


def test_the_list_costs_as_much_for_many(desk: PayDesk, django_assert_max_num_queries: Any) -> None:
    place = desk.place(desk.payee("supplier", "Plumber"))
    for _ in range(6):
        desk.draft(place)
    client = browser(desk.maker)
    client.get(LIST)
    with django_assert_max_num_queries(12):
        assert client.get(LIST).status_code == 200
