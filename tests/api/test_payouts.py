"""Paying somebody out by the API, from the payee to the money: two people, and a fresh proof from who approves."""

from typing import Any

import pytest
from django.test import Client

from freehold.accounts.models import User
from freehold.core.actor import Actor
from tests.support.factors import prove
from tests.support.outgoings import PayDesk

pytestmark = pytest.mark.django_db

ROOT = "/api/v1/host"


def client(actor: Actor) -> Client:
    browser = Client()
    user: User = actor.user
    browser.force_login(user)
    return browser


def post(browser: Client, path: str, **body: Any) -> Any:
    return browser.post(f"{ROOT}/{path}", body, content_type="application/json")


@pytest.fixture
def desk() -> PayDesk:
    return PayDesk()


def code(answer: Any) -> str:
    return str(answer.json()["errors"][0]["code"])


def test_from_a_payee_to_the_money(desk: PayDesk) -> None:
    maker, checker = client(desk.maker), client(desk.checker)
    company = str(desk.company.pk)
    payee = post(maker, "payees/", company_id=company, kind="owner", name="Olive Owner").json()
    place = {"provider": "cash", "shape": "cash", "values": {"receiver": "Olive"}}
    assert code(post(maker, f"payees/{payee['id']}/destinations/", **place)) == "reauthentication_required"
    prove(maker, desk.maker.user)
    prove(checker, desk.checker.user)
    made = post(maker, f"payees/{payee['id']}/destinations/", **place).json()
    assert made["is_confirmed"] is False
    assert code(post(maker, f"destinations/{made['id']}/confirm/")) == "permission_denied"
    assert post(checker, f"destinations/{made['id']}/confirm/").json()["is_confirmed"] is True
    due = {"kind": "credit", "amount": {"amount": "90.00", "currency": "USD"}, "cause": "May", "reason": "Share of May"}
    whole = post(maker, f"payees/{payee['id']}/account/", **due).json()
    assert whole["balances"][0]["left"] == {"amount": "90.00", "currency": "USD"}
    draft = post(
        maker,
        "payouts/",
        company_id=company,
        destination_id=made["id"],
        amount={"amount": "90.00", "currency": "USD"},
        description="Share of May",
    ).json()
    assert post(maker, f"payouts/{draft['id']}/submit/").json()["status"] == "submitted"
    assert code(post(checker, f"payouts/{draft['id']}/approve/", version=7)) == "changed_meanwhile"
    assert post(checker, f"payouts/{draft['id']}/approve/", version=1).json()["status"] == "approved"
    assert code(post(maker, f"payouts/{draft['id']}/by-hand/", receipt=" ")) in ("required", "blank")
    assert post(maker, f"payouts/{draft['id']}/by-hand/", receipt="Receipt 7").json()["status"] == "paid"
    shown = maker.get(f"{ROOT}/payouts/{draft['id']}/").json()
    assert (shown["transfer"]["status"], shown["transfer"]["receipt"]) == ("paid", "Receipt 7")
    assert maker.get(f"{ROOT}/expenses/{draft['id']}/").status_code == 404
    assert post(maker, f"payouts/{draft['id']}/explode/").status_code == 404


def test_who_made_it_does_not_approve_it(desk: PayDesk) -> None:
    place = desk.place(desk.payee("supplier", "Plumber"))
    submitted = desk.submitted(place)
    mine = desk.draft(place, actor=desk.checker)
    post(client(desk.maker), f"expenses/{mine.pk}/submit/")
    browser = client(desk.checker)
    assert code(post(browser, f"expenses/{submitted.pk}/approve/", version=1)) == "reauthentication_required"
    prove(browser, desk.checker.user)
    assert code(post(browser, f"expenses/{mine.pk}/approve/", version=1)) == "own_work"
    assert post(browser, f"expenses/{submitted.pk}/approve/", version=1).status_code == 200


def test_lists_are_filtered_and_cost_as_much_for_many(desk: PayDesk, django_assert_max_num_queries: Any) -> None:
    place = desk.place(desk.payee("supplier", "Plumber"))
    for number in range(5):
        desk.submitted(place, document=f"INV-{number}")
    browser = client(desk.maker)
    query = f"{ROOT}/expenses/?company_id={desk.company.pk}"
    browser.get(query)
    with django_assert_max_num_queries(8):
        rows = browser.get(query).json()["results"]
    assert len(rows) == 5
    assert "DE89" not in str(rows)
    found = browser.get(f"{query}&q=inv-3&status=submitted").json()["results"]
    assert [row["document"] for row in found] == ["INV-3"]
    assert browser.get(f"{query}&status=eaten").status_code == 400
    assert browser.get(f"{ROOT}/payouts/?company_id={desk.company.pk}").json()["results"] == []


def test_an_edit_says_which_version_it_changes(desk: PayDesk) -> None:
    submitted = desk.submitted(desk.place(desk.payee("supplier", "Plumber")))
    browser, path = client(desk.maker), f"{ROOT}/expenses/{submitted.pk}/"
    body = {"version": 1, "amount": {"amount": "80.00", "currency": "USD"}}
    changed = browser.patch(path, body, content_type="application/json").json()
    assert (changed["status"], changed["version"], changed["amount"]["amount"]) == ("draft", 2, "80.00")
    again = browser.patch(path, body, content_type="application/json")
    assert (again.status_code, code(again)) == (409, "changed_meanwhile")
    bad = browser.patch(path, {"version": 2, "amount": {"amount": "-1.00", "currency": "USD"}}, "application/json")
    assert bad.status_code == 400


def test_who_confirms_a_place_types_its_number(desk: PayDesk) -> None:
    place = desk.place(desk.payee("supplier", "Plumber"), is_confirmed=False)
    browser = client(desk.checker)
    prove(browser, desk.checker.user)
    path = f"destinations/{place.pk}/confirm/"
    assert code(post(browser, path)) == "required"
    assert code(post(browser, path, values={"iban": "GB82WEST12345698765432"})) == "another_destination"
    assert post(browser, path, values=["x"]).status_code == 400
    assert post(browser, path, values={"iban": "DE89 3704 0044 0532 0130 00"}).json()["is_confirmed"] is True


def test_the_ways_to_pay_say_what_they_ask_for(desk: PayDesk) -> None:
    methods = client(desk.maker).get(f"{ROOT}/payout-methods/").json()
    assert methods["mpesa"]["shapes"][0]["fields"][0]["name"] == "msisdn"
    fields = methods["bank_transfer"]["shapes"][0]["fields"]
    assert {field["name"]: field["typed_again"] for field in fields} == {"iban": True, "name": False}
