"""Payees at the desk, and payments that are typed there: one person makes them, another one confirms and approves."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from freehold.core.actor import Actor
from freehold.domain.money import Money
from freehold.finance.models import JournalEntry, Outgoing, Payee, PayeeDestination
from freehold.finance.outgoings import get_outgoing, owner_balance
from freehold.finance.services.add_payee import change_payee
from freehold.finance.services.set_destination import retire_destination
from tests.factories import MembershipFactory, UserFactory
from tests.support.factors import prove
from tests.support.outgoings import PayDesk

pytestmark = pytest.mark.django_db

PAYEES, PAYOUTS = "/console/money/payees/", "/console/money/payouts/"
IBAN = "DE89370400440532013000"
AGAIN = {"value_iban": IBAN}
TYPED = {"value_iban": IBAN, "value_name": "Olive Owner"}


@pytest.fixture
def desk() -> PayDesk:
    return PayDesk()


def browser(actor: Actor, *, is_proved: bool = False) -> Client:
    client = Client()
    client.force_login(actor.user)
    if is_proved:
        prove(client, actor.user)
    return client


def of(payee: Payee, rest: str = "") -> str:
    return f"{PAYEES}{payee.pk}/{rest}"


def wanted(place: PayeeDestination, **changes: Any) -> dict[str, Any]:
    return {
        "destination_id": str(place.pk),
        "amount": "80.00",
        "currency": "USD",
        "description": "Share of May",
        "category": "",
        "document": "",
        "due_on": "2026-12-01",
        "key": str(uuid4()),
        **changes,
    }


def only_draft() -> Outgoing:
    return Outgoing.objects.system("test").get()


def test_a_payee_is_added_found_renamed_and_switched_off(desk: PayDesk) -> None:
    maker = browser(desk.maker)
    assert "No payees yet" in maker.get(PAYEES).text
    added = maker.post(f"{PAYEES}new/", {"kind": "supplier", "name": "Pipes & Sons"})
    page = added["Location"]
    maker.post(f"{PAYEES}new/", {"kind": "owner", "name": "Olive Owner"})
    assert "Pipes &amp; Sons" in maker.get(f"{PAYEES}?q=pipes&kind=supplier").text
    assert "Pipes &amp; Sons" not in maker.get(f"{PAYEES}?kind=owner").text
    maker.post(f"{page}name/", {"name": "Pipes and Sons"})
    maker.post(f"{page}switch/", {"is_active": "no"})
    assert "Switched off" in maker.get(page).text
    assert "Pipes and Sons" not in maker.get(f"{PAYEES}?state=on").text
    assert "Pipes and Sons" not in maker.get(f"{PAYOUTS}new/expense/").text
    maker.post(f"{page}switch/", {"is_active": "yes"})
    assert "Pipes and Sons" in maker.get(f"{PAYEES}?state=on").text


def test_who_has_a_confirmed_place_is_not_renamed_and_the_form_says_why(desk: PayDesk) -> None:
    payee = desk.place(desk.payee()).payee
    refused = browser(desk.maker).post(of(payee, "name/"), {"name": "Mallory"})
    assert refused.status_code == 422
    assert "Retire that place" in refused.text
    payee.refresh_from_db()
    assert payee.name == "Olive Owner"


def test_a_place_is_typed_after_a_proof_and_confirmed_by_somebody_else(desk: PayDesk) -> None:
    payee = desk.payee()
    maker, new = browser(desk.maker), of(payee, "places/new/bank_transfer/iban/")
    assert "Bank account (IBAN)" in maker.get(of(payee, "places/")).text
    assert maker.get(new)["Location"].startswith("/accounts/reauthenticate/")
    assert maker.post(new, TYPED)["Location"] == new, "the form is asked for again, after the proof"
    assert [kept for kept in Session.objects.all() if IBAN in str(kept.get_decoded())] == []
    prove(maker, desk.maker.user)
    assert maker.post(new, TYPED)["Location"] == of(payee)
    place = PayeeDestination.objects.system("test").get()
    told = maker.get(of(payee)).text
    assert "Somebody else confirms it" in told
    assert IBAN not in told + maker.get(PAYEES).text
    confirm = of(payee, f"places/{place.pk}/confirm/")
    maker.post(confirm, AGAIN)
    checker = browser(desk.checker)
    assert checker.post(confirm, AGAIN)["Location"] == confirm
    assert checker.get(confirm)["Location"].startswith("/accounts/reauthenticate/")
    place.refresh_from_db()
    assert place.confirmed_at is None, "neither by who has set it, nor without a proof"
    prove(checker, desk.checker.user)
    assert IBAN not in checker.get(confirm).text
    for wrong in ({}, {"value_iban": "GB82WEST12345698765432"}):
        assert checker.post(confirm, wrong).status_code == 422
    checker.post(confirm, AGAIN)
    place.refresh_from_db()
    assert place.confirmed_by == desk.checker.user
    maker.post(of(payee, f"places/{place.pk}/retire/"))
    assert "Nobody has said yet" in maker.get(of(payee)).text


def test_what_is_no_place_is_said_beside_its_field(desk: PayDesk) -> None:
    payee, maker = desk.payee(), browser(desk.maker, is_proved=True)
    refused = maker.post(of(payee, "places/new/bank_transfer/iban/"), {**TYPED, "value_iban": "DE00 1234"})
    assert (refused.status_code, "value_iban" in refused.context["form"].errors) == (422, True)
    for unknown in ("paypal/iban/", "bank_transfer/moon/"):
        assert maker.get(of(payee, f"places/new/{unknown}")).status_code == 404
    other = desk.place(desk.payee("supplier", "Plumber"))
    assert maker.post(of(payee, f"places/{other.pk}/retire/")).status_code == 404
    assert maker.post(of(other.payee, f"places/{other.pk}/explode/")).status_code == 404


def test_an_owners_account_is_credited_once_per_cause_and_never_charged_below_nothing(desk: PayDesk) -> None:
    payee, maker = desk.payee(), browser(desk.maker)
    given = {"kind": "credit", "amount": "80.00", "currency": "USD", "key": "2026-05", "reason": "Share of May"}
    for _ in range(2):
        assert maker.post(of(payee, "account/"), given).status_code == 302
    balance = owner_balance(company_id=desk.company.pk, payee_id=payee.pk, currency="USD")
    assert balance.left == Money(8000, "USD")
    charge = {**given, "kind": "charge", "key": "paint", "reason": "Paint"}
    assert maker.post(of(payee, "account/"), {**charge, "amount": "90.00"}).status_code == 422
    maker.post(of(payee, "account/"), {**charge, "amount": "20.00"})
    page = maker.get(of(payee)).text
    assert "$60.00" in page
    assert "Paint" in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": "1e3"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "9" * 20}, "amount"),
        ({"currency": "XXQ"}, "currency"),
        ({"kind": "gift"}, "kind"),
        ({"key": ""}, "key"),
        ({"key": "k" * 61}, "key"),
        ({"reason": " "}, "reason"),
        ({"reason": "a\x00b"}, "reason"),
    ],
)
def test_what_adjusts_no_account_is_said_beside_its_field(desk: PayDesk, changes: dict[str, str], field: str) -> None:
    payee, maker = desk.payee(), browser(desk.maker)
    given = {"kind": "credit", "amount": "80.00", "currency": "USD", "key": "2026-05", "reason": "Share of May"}
    refused = maker.post(of(payee, "account/"), {**given, **changes})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, [field])
    assert not JournalEntry.objects.system("test").filter(payee=payee).exists()


def test_a_payout_is_drafted_changed_submitted_and_approved(desk: PayDesk) -> None:
    payee = desk.payee()
    place, maker = desk.place(payee), browser(desk.maker)
    desk.credit(payee, 10_000)
    assert of(payee, "pay/payout/") in maker.get(f"{PAYOUTS}new/payout/?q=olive").text
    form = maker.get(of(payee, "pay/payout/"))
    assert "$100.00" in form.text
    assert IBAN not in form.text
    given = wanted(place, key=str(form.context["form"].initial["key"]))
    answers = [maker.post(of(payee, "pay/payout/"), given)["Location"] for _ in range(2)]
    row = only_draft()
    page = f"{PAYOUTS}{row.pk}/"
    assert answers == [page, page], "sent twice it is one"
    assert (row.state, row.kind, row.amount_minor, str(row.due_on)) == ("draft", "payout", 8000, "2026-12-01")
    shown = maker.get(f"{page}edit/").context["form"]
    assert (shown["amount"].value(), shown["version"].value()) == ("80.00", 1)
    changed = wanted(place, amount="90.00", version="1", submit="yes")
    assert maker.post(f"{page}edit/", changed)["Location"] == page
    row.refresh_from_db()
    assert (row.state, row.amount_minor, row.version) == ("submitted", 9000, 2)
    stale = maker.post(f"{page}edit/", wanted(place, amount="1.00", version="1"))
    assert (stale.status_code, "changed meanwhile" in stale.text) == (422, True)
    checker = browser(desk.checker, is_proved=True)
    checker.post(f"{page}approve/", {"version": 2})
    assert get_outgoing(row.pk).state == "approved"
    assert maker.get(f"{page}edit/")["Location"] == page, "what was approved is frozen"


def test_who_changes_what_was_submitted_does_not_approve_it(desk: PayDesk) -> None:
    place = desk.place(desk.payee("supplier", "Plumber"))
    row = desk.submitted(place)
    page, checker = f"{PAYOUTS}{row.pk}/", browser(desk.checker, is_proved=True)
    assert "it is a draft again" in checker.get(f"{page}edit/").text
    checker.post(f"{page}edit/", wanted(place, amount="900.00", version="1", submit="yes"))
    checker.post(f"{page}approve/", {"version": 2})
    assert get_outgoing(row.pk).state == "submitted"


def test_more_than_an_owner_is_due_is_said_at_the_amount_and_nothing_is_lost(desk: PayDesk) -> None:
    payee = desk.payee()
    place, maker = desk.place(payee), browser(desk.maker)
    answer = maker.post(of(payee, "pay/payout/"), wanted(place, submit="yes"))
    assert (answer.status_code, Outgoing.objects.system("test").count()) == (422, 0)
    form = answer.context["form"]
    assert "The owner has" in form.errors["amount"][0]
    assert form["amount"].value() == wanted(place)["amount"]


def test_what_cannot_be_submitted_is_kept_as_a_draft(desk: PayDesk) -> None:
    """No account of the company sends this yet: one may be connected."""
    payee = desk.payee("supplier", "Plumber")
    place, maker = desk.place(payee, "mpesa", "telephone", msisdn="0712345678"), browser(desk.maker)
    answer = maker.post(of(payee, "pay/expense/"), wanted(place, submit="yes"), follow=True)
    assert "Kept as a draft:" in answer.content.decode()
    assert only_draft().state == "draft"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": ""}, "amount"),
        ({"amount": "80,00"}, "amount"),
        ({"amount": "0.00"}, "amount"),
        ({"amount": "80.001"}, "amount"),
        ({"amount": "9" * 20}, "amount"),
        ({"currency": "Dollars"}, "currency"),
        ({"destination_id": "me"}, "destination_id"),
        ({"destination_id": str(uuid4())}, "destination_id"),
        ({"description": " "}, "description"),
        ({"description": "d" * 141}, "description"),
        ({"category": "c" * 61}, "category"),
        ({"document": "a\x00b"}, "document"),
        ({"due_on": "soon"}, "due_on"),
        ({"due_on": "9999-12-31"}, "due_on"),
        ({"key": "k"}, "key"),
    ],
)
def test_what_makes_no_payment_is_said_beside_its_field(desk: PayDesk, changes: dict[str, str], field: str) -> None:
    payee = desk.payee("supplier", "Plumber")
    maker = browser(desk.maker)
    refused = maker.post(of(payee, "pay/expense/"), wanted(desk.place(payee), **changes))
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, [field])
    assert not Outgoing.objects.system("test").exists()


@pytest.mark.parametrize("version", ["", "x", "0", "9" * 30])
def test_a_change_without_the_version_that_was_seen_changes_nothing(desk: PayDesk, version: str) -> None:
    place = desk.place(desk.payee("supplier", "Plumber"))
    row = desk.draft(place)
    answer = browser(desk.maker).post(f"{PAYOUTS}{row.pk}/edit/", wanted(place, amount="1.00", version=version))
    assert (answer.status_code, get_outgoing(row.pk).amount_minor) == (422, 10_000)


def test_nobody_is_paid_where_nothing_may_go(desk: PayDesk) -> None:
    supplier, maker = desk.payee("supplier", "Plumber"), browser(desk.maker)
    assert "Add a place first" in maker.get(of(supplier, "pay/expense/")).text
    place, elsewhere = desk.place(supplier), desk.place(desk.payee("staff", "Sam"))
    for form in (wanted(elsewhere), wanted(retire_destination(actor=desk.maker, destination_id=place.pk))):
        refused = maker.post(of(supplier, "pay/expense/"), form)
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["destination_id"])
    change_payee(actor=desk.maker, payee_id=elsewhere.payee_id, is_active=False)
    off = maker.post(of(elsewhere.payee, "pay/expense/"), wanted(elsewhere))
    assert "switched off" in off.text
    assert maker.get(of(supplier, "pay/payout/")).status_code == 404, "payouts are for owners"
    assert maker.get(of(supplier, "pay/gift/")).status_code == 404
    assert maker.get(f"{PAYOUTS}new/gift/").status_code == 404
    assert maker.get(of(supplier, "account/")).status_code == 404
    assert not Outgoing.objects.system("test").exists()


def test_another_companys_key_makes_nothing(desk: PayDesk) -> None:
    other = PayDesk()
    theirs = other.draft(other.place(other.payee("supplier", "Theirs")))
    payee = desk.payee("supplier", "Plumber")
    place = desk.place(payee)
    refused = browser(desk.maker).post(of(payee, "pay/expense/"), wanted(place, key=str(theirs.pk)))
    assert refused.status_code == 422
    assert "Theirs" not in refused.text
    assert only_draft().company_id == other.company.pk


def addresses(desk: PayDesk) -> tuple[list[str], list[str], list[str]]:
    """Those that show a page, those of them that take a form, and those that only act."""
    payee = desk.payee()
    place = desk.place(payee)
    desk.credit(payee, 10_000)
    row = desk.draft(place)
    forms = [
        "name/",
        "account/",
        "pay/payout/",
        "pay/expense/",
        "places/new/bank_transfer/iban/",
        f"places/{place.pk}/confirm/",
    ]
    acts = ["switch/", f"places/{place.pk}/retire/"]
    typed = [*(of(payee, rest) for rest in forms), f"{PAYOUTS}{row.pk}/edit/"]
    return [of(payee), of(payee, "places/"), *typed], typed, [of(payee, rest) for rest in acts]


def test_to_strangers_it_is_not_there_and_hosts_may_not_see_it(desk: PayDesk) -> None:
    shown, typed, acts = addresses(desk)
    stranger = browser(PayDesk().checker, is_proved=True)
    host = browser(Actor.of(MembershipFactory(company=desk.company, role="host").user), is_proved=True)
    guest = browser(Actor.of(UserFactory()), is_proved=True)
    for client, status in ((stranger, 404), (host, 403), (guest, 404)):
        assert {client.get(address).status_code for address in shown} == {status}
        assert {client.post(address).status_code for address in (*typed, *acts)} == {status}
    for address in (PAYEES, f"{PAYEES}new/", f"{PAYOUTS}new/payout/"):
        assert host.get(address).status_code == 403
        assert desk.company.name not in stranger.get(address).text
    assert Client().get(shown[0])["Location"].startswith("/accounts/login/")


def test_odd_addresses_are_no_error(desk: PayDesk) -> None:
    payee, maker = desk.payee(), browser(desk.maker)
    for query in ("?kind=eaten&state=x&page=-1", "?q=%00", "?page=9999", f"?q={'x' * 300}"):
        for address in (PAYEES, f"{PAYOUTS}new/expense/", of(payee)):
            assert maker.get(f"{address}{query}").status_code == 200


def test_pages_cost_as_much_for_many(desk: PayDesk) -> None:
    payee, maker = desk.payee(), browser(desk.maker)
    place = desk.place(payee)
    pages = (PAYEES, f"{PAYOUTS}new/payout/", of(payee), of(payee, "pay/payout/"))

    def costs() -> list[int]:
        found = []
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert maker.get(page).status_code == 200
            found.append(len(queries))
        return found

    desk.credit(payee, 500, key="first")
    desk.draft(place, 500)
    few = costs()
    for number in range(5):
        desk.credit(payee, 1000, key=f"k{number}")
        desk.draft(place, 1_000)
        desk.place(desk.payee(name=f"Owner {number}"))
        desk.place(payee, iban="DE89370400440532013000", name=f"Name {number}", shape="iban")
    assert costs() == few
    assert max(few) <= 16, few
