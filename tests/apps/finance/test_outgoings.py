"""Who makes a payment out does not approve it; what was approved stays; no owner gets more than they are due."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import override_settings

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict, FreeholdError, NotFound
from freehold.domain.ledger import Account
from freehold.domain.money import Money
from freehold.finance.destinations import all_shapes, open_destination, read_values, shape_of
from freehold.finance.models import Outgoing, Payee, PayeeDestination
from freehold.finance.outgoings import (
    WantedOutgoings,
    lock_with_payee,
    outgoings_of,
    owner_balance,
    owner_balances,
    paid_instead,
    payees_of,
)
from freehold.finance.services.add_payee import add_payee, change_payee
from freehold.finance.services.adjust_owner import charge_owner, credit_owner
from freehold.finance.services.decide_outgoing import approve_outgoing, cancel_outgoing, reject_outgoing
from freehold.finance.services.draft_outgoing import edit_outgoing, repeat_outgoing
from freehold.finance.services.follow_transfer import begin_sending, mark_failed, mark_paid, mark_returned
from freehold.finance.services.set_destination import retire_destination, set_destination
from freehold.finance.services.submit_outgoing import submit_outgoing
from freehold.payments.by_hand import ByHand
from freehold.payments.services import begin_transfer
from tests.factories import CompanyFactory, UserFactory
from tests.support.outgoings import PayDesk

pytestmark = pytest.mark.django_db

IBAN = {"iban": "DE89370400440532013000"}


@pytest.fixture
def desk() -> PayDesk:
    return PayDesk()


@pytest.fixture
def owner(desk: PayDesk) -> Payee:
    payee = desk.payee()
    desk.credit(payee, 30_000)
    return payee


@pytest.fixture
def place(desk: PayDesk, owner: Payee) -> PayeeDestination:
    return desk.place(owner)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(FreeholdError) as caught:
        act()
    return caught.value.code


def left(payee: Payee, currency: str = "USD") -> int:
    return owner_balance(company_id=payee.company_id, payee_id=payee.pk, currency=currency).left.minor


def refused_by_database(sql: str, *parameters: object) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, parameters)
    except DatabaseError:
        return True
    return False


def rename(desk: PayDesk, payee: Payee, name: str) -> Payee:
    return change_payee(actor=desk.maker, payee_id=payee.pk, name=name)


def sent(outgoing: Outgoing) -> Outgoing:
    begin_sending(outgoing_id=outgoing.pk)
    return lock_with_payee(outgoing.pk)


class TestTwoPeople:
    def test_another_person_approves(self, desk: PayDesk, place: PayeeDestination) -> None:
        outgoing = desk.approved(place)
        assert (outgoing.state, outgoing.approved_by_id) == ("approved", desk.checker.user_id)

    def test_who_made_it_does_not_even_as_an_administrator(self, desk: PayDesk, place: PayeeDestination) -> None:
        mine = desk.draft(place, actor=desk.checker)
        submit_outgoing(actor=desk.maker, outgoing_id=mine.pk)
        assert refusal(lambda: desk.approve(mine, desk.checker)) == "own_work"
        assert desk.approve(mine, desk.second).state == "approved"

    def test_who_only_submitted_it_does_not(self, desk: PayDesk, place: PayeeDestination) -> None:
        outgoing = submit_outgoing(actor=desk.checker, outgoing_id=desk.draft(place).pk)
        assert refusal(lambda: desk.approve(outgoing)) == "own_work"

    def test_who_edited_it_once_never_does(self, desk: PayDesk, place: PayeeDestination) -> None:
        outgoing = desk.submitted(place)
        edit_outgoing(actor=desk.checker, outgoing_id=outgoing.pk, version=1, amount=Money(9_000, "USD"))
        again = edit_outgoing(actor=desk.maker, outgoing_id=outgoing.pk, version=2, amount=Money(10_000, "USD"))
        assert again.state == "draft"
        submitted = submit_outgoing(actor=desk.maker, outgoing_id=outgoing.pk)
        assert refusal(lambda: desk.approve(submitted)) == "own_work"

    def test_a_role_without_the_right_does_not(self, desk: PayDesk, place: PayeeDestination) -> None:
        other = PayDesk(desk.company)
        assert refusal(lambda: desk.approve(desk.submitted(place), other.maker)) == "permission_denied"

    def test_nobody_approves_in_anothers_name(self, desk: PayDesk, place: PayeeDestination) -> None:
        borrowed = Actor(user=desk.checker.user, impersonator_id=UserFactory().pk)
        outgoing = desk.submitted(place)
        assert refusal(lambda: desk.approve(outgoing, borrowed)) == "not_while_impersonating"
        with pytest.raises(AccessDenied):
            desk.approve(outgoing, Actor.system("test"))

    def test_of_another_company_it_is_not_there(self, desk: PayDesk, place: PayeeDestination) -> None:
        outgoing = desk.submitted(place)
        with pytest.raises(NotFound):
            desk.approve(outgoing, PayDesk().checker)
        with pytest.raises(BadInput):
            PayDesk().draft(place)

    def test_the_contents_that_were_seen_are_approved(self, desk: PayDesk, place: PayeeDestination) -> None:
        seen = desk.submitted(place)
        edit_outgoing(actor=desk.maker, outgoing_id=seen.pk, version=1, amount=Money(29_000, "USD"))
        submit_outgoing(actor=desk.maker, outgoing_id=seen.pk)
        assert refusal(lambda: desk.approve(seen)) == "changed_meanwhile"

    def test_approving_twice_is_refused(self, desk: PayDesk, place: PayeeDestination) -> None:
        outgoing = desk.approved(place)
        assert refusal(lambda: desk.approve(outgoing, desk.second)) == "outgoing_approved"

    def test_it_goes_back_with_a_note(self, desk: PayDesk, place: PayeeDestination) -> None:
        outgoing = desk.submitted(place)
        assert refusal(lambda: reject_outgoing(actor=desk.checker, outgoing_id=outgoing.pk, note=" ")) == "required"
        back = reject_outgoing(actor=desk.checker, outgoing_id=outgoing.pk, note="Wrong month")
        assert (back.state, back.note, back.version) == ("draft", "Wrong month", 2)
        again = submit_outgoing(actor=desk.maker, outgoing_id=outgoing.pk)
        assert desk.approve(again).state == "approved"

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE finance_outgoing SET state = 'approved' WHERE id = %s",
            "UPDATE finance_outgoing SET state = 'approved', approved_by_id = created_by_id WHERE id = %s",
            "UPDATE finance_outgoing SET makers = '{}' WHERE id = %s",
            "UPDATE finance_outgoing SET amount_minor = 1 WHERE id = %s",
            "DELETE FROM finance_outgoing WHERE id = %s",
        ],
    )
    def test_the_database_refuses_it_too(self, desk: PayDesk, place: PayeeDestination, sql: str) -> None:
        assert refused_by_database(sql, desk.submitted(place).pk)


class TestFrozen:
    @pytest.mark.parametrize(
        "change",
        ["amount_minor = amount_minor + 1", "currency = 'EUR'", "kind = 'expense'", "approved_by_id = created_by_id"],
    )
    def test_what_was_approved_is_not_changed(self, desk: PayDesk, place: PayeeDestination, change: str) -> None:
        outgoing = desk.approved(place)
        assert refused_by_database(f"UPDATE finance_outgoing SET {change} WHERE id = %s", outgoing.pk)
        assert (
            refusal(lambda: edit_outgoing(actor=desk.maker, outgoing_id=outgoing.pk, version=1, description="x"))
            == "outgoing_approved"
        )

    def test_it_may_be_cancelled_until_it_is_sent(self, desk: PayDesk, place: PayeeDestination) -> None:
        outgoing, other = desk.approved(place), desk.approved(place)
        assert cancel_outgoing(actor=desk.maker, outgoing_id=outgoing.pk).state == "cancelled"
        begin_sending(outgoing_id=other.pk)
        assert refusal(lambda: cancel_outgoing(actor=desk.maker, outgoing_id=other.pk)) == "outgoing_sending"
        with pytest.raises(Conflict):
            begin_sending(outgoing_id=outgoing.pk)


class TestBalance:
    def test_an_owner_gets_no_more_than_they_are_due(self, desk: PayDesk, place: PayeeDestination) -> None:
        assert refusal(lambda: desk.draft(place, 30_001)) == "exceeds_balance", "while it is typed"
        assert refusal(lambda: desk.draft(place, 1, "EUR")) == "exceeds_balance"
        assert not Outgoing.objects.company(desk.company.pk).exists()
        draft = desk.draft(place, 30_000)

        def edit() -> Outgoing:
            return edit_outgoing(
                actor=desk.maker, outgoing_id=draft.pk, version=1, amount=Money(30_001, "USD"), description="More"
            )

        assert refusal(edit) == "exceeds_balance"
        draft.refresh_from_db()
        assert (draft.amount_minor, draft.version) == (30_000, 1)
        repair = Money(1, "USD")
        charge_owner(actor=desk.maker, payee_id=place.payee_id, amount=repair, key="repair", reason="Repair")
        assert refusal(lambda: submit_outgoing(actor=desk.maker, outgoing_id=draft.pk)) == "exceeds_balance"

    def test_an_amount_that_the_provider_does_not_send_is_said_while_it_is_typed(
        self, desk: PayDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class WholeShillings:
            caps = replace(ByHand("cash").caps, payout=True, step_minor={"KES": 100})

        monkeypatch.setattr(begin_transfer, "choose_gateway", lambda **of: WholeShillings)
        place = desk.place(desk.payee("supplier", "Plumber"), "mpesa", "telephone", msisdn="0712345678")
        draft = desk.draft(place, 10_000, "KES")

        def edit() -> Outgoing:
            amount = Money(10_001, "KES")
            return edit_outgoing(actor=desk.maker, outgoing_id=draft.pk, version=1, amount=amount)

        for change in (lambda: desk.draft(place, 10_050, "KES"), edit):
            with pytest.raises(BadInput) as refused:
                change()
            assert (refused.value.code, refused.value.errors[0].attr) == ("amount_step", "amount")
        assert Outgoing.objects.company(desk.company.pk).get().amount_minor == 10_000

    def test_what_is_promised_is_not_promised_again(self, desk: PayDesk, owner: Payee, place: PayeeDestination) -> None:
        first, second = desk.submitted(place, 20_000), desk.submitted(place, 20_000)
        desk.approve(first)
        assert left(owner) == 10_000
        assert refusal(lambda: desk.approve(second)) == "exceeds_balance"
        cancel_outgoing(actor=desk.maker, outgoing_id=first.pk)
        assert desk.approve(second).state == "approved"

    def test_what_was_paid_is_not_due(self, desk: PayDesk, owner: Payee, place: PayeeDestination) -> None:
        mark_paid(outgoing=sent(desk.approved(place, 20_000)), out_of=Account.BANK, moment=clock.now())
        assert left(owner) == 10_000
        assert owner_balances(company_id=owner.company_id, payee_id=owner.pk)["USD"].balance == Money(10_000, "USD")

    def test_what_failed_is_due_and_free_again(self, desk: PayDesk, owner: Payee, place: PayeeDestination) -> None:
        failed = desk.approved(place, 20_000)
        mark_failed(outgoing=sent(failed), error_code="2040", moment=clock.now())
        assert left(owner) == 30_000
        again = repeat_outgoing(actor=desk.maker, outgoing_id=failed.pk)
        assert (again.state, again.replaces_id, again.amount_minor) == ("draft", failed.pk, 20_000)
        assert repeat_outgoing(actor=desk.maker, outgoing_id=failed.pk) == again

    def test_a_repeat_that_was_cancelled_stands_in_nobodys_way(self, desk: PayDesk, place: PayeeDestination) -> None:
        failed = desk.approved(place)
        mark_failed(outgoing=sent(failed), error_code="2040", moment=clock.now())
        cancelled = []
        for _ in range(2):
            again = repeat_outgoing(actor=desk.maker, outgoing_id=failed.pk)
            cancelled.append(cancel_outgoing(actor=desk.maker, outgoing_id=again.pk).pk)
        third = repeat_outgoing(actor=desk.maker, outgoing_id=failed.pk)
        assert (third.state, third.replaces_id) == ("draft", failed.pk)
        assert third.pk not in cancelled
        assert repeat_outgoing(actor=desk.maker, outgoing_id=failed.pk) == third
        assert paid_instead(failed) is None
        submit_outgoing(actor=desk.maker, outgoing_id=third.pk)
        desk.approve(third)
        assert paid_instead(failed) == third, "whatever was cancelled before it"

    def test_the_database_keeps_one_repeat_that_stands(self, desk: PayDesk, place: PayeeDestination) -> None:
        failed, other = desk.approved(place), desk.draft(place)
        mark_failed(outgoing=sent(failed), error_code="2040", moment=clock.now())
        again = repeat_outgoing(actor=desk.maker, outgoing_id=failed.pk)
        sql = "UPDATE finance_outgoing SET replaces_id = %s WHERE id = %s"
        assert refused_by_database(sql, failed.pk, other.pk)
        cancel_outgoing(actor=desk.maker, outgoing_id=again.pk)
        assert not refused_by_database(sql, failed.pk, other.pk)

    def test_case_40_what_came_back_is_due_again(self, desk: PayDesk, owner: Payee, place: PayeeDestination) -> None:
        outgoing = sent(desk.approved(place, 20_000))
        mark_paid(outgoing=outgoing, out_of=Account.BANK, moment=clock.now())
        mark_returned(outgoing=outgoing, back_to=Account.BANK, error_code="account_closed", moment=clock.now())
        assert (outgoing.state, left(owner)) == ("returned", 30_000)

    def test_only_what_failed_or_came_back_is_repeated(self, desk: PayDesk, place: PayeeDestination) -> None:
        outgoing = desk.submitted(place)
        assert refusal(lambda: repeat_outgoing(actor=desk.maker, outgoing_id=outgoing.pk)) == "outgoing_submitted"

    def test_a_debt_that_was_paid_after_all_is_not_paid_again(self, desk: PayDesk) -> None:
        """Wherever the second payment stands by then, and also when the second one failed and a third one pays it."""
        place = desk.place(desk.payee("supplier", "Plumber"))
        first = desk.approved(place)
        mark_failed(outgoing=sent(first), error_code="2040", moment=clock.now())
        second = repeat_outgoing(actor=desk.maker, outgoing_id=first.pk)
        submit_outgoing(actor=desk.maker, outgoing_id=second.pk)
        mark_failed(outgoing=sent(desk.approve(second)), error_code="2040", moment=clock.now())
        third = repeat_outgoing(actor=desk.maker, outgoing_id=second.pk)
        with transaction.atomic():
            mark_paid(outgoing=lock_with_payee(first.pk), out_of=Account.BANK, moment=clock.now())
            assert refusal(lambda: submit_outgoing(actor=desk.maker, outgoing_id=third.pk)) == "debt_paid"
            transaction.set_rollback(True)
        submit_outgoing(actor=desk.maker, outgoing_id=third.pk)
        with transaction.atomic():
            mark_paid(outgoing=lock_with_payee(first.pk), out_of=Account.BANK, moment=clock.now())
            assert refusal(lambda: desk.approve(third)) == "debt_paid"
            transaction.set_rollback(True)
        desk.approve(third)
        mark_paid(outgoing=lock_with_payee(first.pk), out_of=Account.BANK, moment=clock.now())
        assert refusal(lambda: begin_sending(outgoing_id=third.pk)) == "debt_paid"

    def test_what_pays_a_debt_again_goes_to_the_same_payee(self, desk: PayDesk, place: PayeeDestination) -> None:
        failed = desk.approved(place)
        mark_failed(outgoing=sent(failed), error_code="2040", moment=clock.now())
        again = repeat_outgoing(actor=desk.maker, outgoing_id=failed.pk)
        other = desk.place(desk.payee("owner", "Mallory"))

        def edit(where: PayeeDestination) -> Outgoing:
            return edit_outgoing(actor=desk.maker, outgoing_id=again.pk, version=1, destination_id=where.pk)

        assert refusal(lambda: edit(other)) == "another_payee"
        assert edit(desk.place(place.payee, "cash", "cash", receiver="Olive")).version == 2

    def test_a_charge_takes_no_more_than_is_left(self, desk: PayDesk, owner: Payee, place: PayeeDestination) -> None:
        desk.approved(place, 20_000)

        def charge(minor: int, key: str = "repair") -> object:
            amount = Money(minor, "USD")
            return charge_owner(actor=desk.maker, payee_id=owner.pk, amount=amount, key=key, reason="Repair")

        assert refusal(lambda: charge(10_001)) == "exceeds_balance"
        charge(10_000)
        charge(10_000)  # the same cause again changes nothing
        assert left(owner) == 0
        assert refusal(lambda: charge(9_000)) == "entry_key_used"

    def test_a_share_is_credited_once_per_cause(self, desk: PayDesk, owner: Payee) -> None:
        desk.credit(owner, 30_000)
        assert left(owner) == 30_000
        assert refusal(lambda: desk.credit(owner, 31_000)) == "entry_key_used"

    def test_suppliers_have_no_such_account(self, desk: PayDesk) -> None:
        assert refusal(lambda: desk.credit(desk.payee("supplier"), 100)) == "not_an_owner"

    def test_a_bill_needs_no_balance(self, desk: PayDesk) -> None:
        assert desk.approved(desk.place(desk.payee("supplier", "Plumber"))).state == "approved"

    def test_a_payout_is_for_owners(self, desk: PayDesk) -> None:
        place = desk.place(desk.payee("staff", "Sam"))
        assert refusal(lambda: desk.draft(place, kind="payout")) == "not_an_owner"


class TestDestinations:
    def test_nothing_goes_where_nobody_else_confirmed(self, desk: PayDesk, owner: Payee) -> None:
        place = desk.place(owner, is_confirmed=False)
        outgoing = desk.submitted(place)
        assert refusal(lambda: desk.approve(outgoing)) == "destination_unconfirmed"
        assert refusal(lambda: desk.confirm(place, IBAN, desk.maker)) == "permission_denied"
        desk.confirm(place, IBAN)
        assert desk.approve(outgoing).state == "approved"

    def test_who_has_set_it_does_not_confirm_it(self, desk: PayDesk, owner: Payee) -> None:
        values = {"receiver": "Olive Owner"}
        place = set_destination(actor=desk.checker, payee_id=owner.pk, provider="cash", shape="cash", values=values)
        assert refusal(lambda: desk.confirm(place, values)) == "own_work"
        sql = "UPDATE finance_payeedestination SET confirmed_by_id = set_by_id, confirmed_at = now() WHERE id = %s"
        assert refused_by_database(sql, place.pk)

    @pytest.mark.parametrize(
        ("typed", "code"),
        [
            ({}, "required"),
            ({"iban": "DE89"}, "invalid"),
            ({"iban": "GB82WEST12345698765432"}, "another_destination"),
            ({**IBAN, "name": "Somebody Else"}, "another_destination"),
        ],
    )
    def test_who_confirms_it_types_the_whole_number_again(
        self, desk: PayDesk, owner: Payee, typed: dict[str, str], code: str
    ) -> None:
        place = desk.place(owner, is_confirmed=False)
        assert refusal(lambda: desk.confirm(place, typed)) == code
        place.refresh_from_db()
        assert place.confirmed_at is None
        assert desk.confirm(place, {"iban": "de89 3704 0044 0532 0130 00"}).confirmed_at is not None

    def test_what_cannot_be_read_is_not_confirmed(self, desk: PayDesk, owner: Payee) -> None:
        other = desk.place(desk.payee("owner", "Other"), "cash", "cash", receiver="Mallory")
        place = desk.place(owner, is_confirmed=False)
        PayeeDestination.objects.company(desk.company.pk).filter(pk=place.pk).update(sealed=other.sealed)
        assert refusal(lambda: desk.confirm(place, IBAN)) == "destination_unreadable"

    @pytest.mark.parametrize("change", ["fingerprint = 'x'", "provider = 'mpesa'", "hint = 'x'"])
    def test_it_is_never_changed(self, place: PayeeDestination, change: str) -> None:
        sql = f"UPDATE finance_payeedestination SET {change} WHERE id = %s"
        assert refused_by_database(sql, place.pk)

    def test_other_values_under_the_same_row_are_noticed(self, desk: PayDesk, place: PayeeDestination) -> None:
        other = desk.place(desk.payee("owner", "Other"), "cash", "cash", receiver="Mallory")
        PayeeDestination.objects.company(desk.company.pk).filter(pk=place.pk).update(sealed=other.sealed)
        place.refresh_from_db()
        with pytest.raises(ValueError, match="confirmed"):
            open_destination(place)

    def test_numbers_are_sealed_and_masked(self, desk: PayDesk, owner: Payee) -> None:
        place = desk.place(owner, "mpesa", "telephone", msisdn="0712 345 678")
        assert open_destination(place) == {"msisdn": "0712345678"}
        assert "345" not in place.hint
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_to_json(d)::text FROM finance_payeedestination AS d WHERE id = %s", [place.pk])
            assert "0712345678" not in cursor.fetchone()[0]
            cursor.execute("SELECT coalesce(json_agg(h)::text, '') FROM finance_payeedestinationhistory AS h")
            kept = cursor.fetchone()[0]
        assert "0712345678" not in kept
        assert "sealed" not in json.loads(kept)[0]

    def test_the_same_place_again_is_the_same_row(self, desk: PayDesk, owner: Payee, place: PayeeDestination) -> None:
        assert desk.place(owner, is_confirmed=False) == place

    def test_what_is_retired_takes_no_more(self, desk: PayDesk, place: PayeeDestination) -> None:
        outgoing = desk.submitted(place)
        retire_destination(actor=desk.maker, destination_id=place.pk)
        assert refusal(lambda: desk.approve(outgoing)) == "destination_unconfirmed"
        assert refusal(lambda: desk.draft(place)) == "no_such_destination"
        assert refusal(lambda: desk.confirm(place, IBAN, desk.second)) == "destination_retired"

    def test_who_is_switched_off_is_paid_no_more(self, desk: PayDesk, owner: Payee, place: PayeeDestination) -> None:
        outgoing = desk.submitted(place)
        change_payee(actor=desk.maker, payee_id=owner.pk, is_active=False)
        assert refusal(lambda: desk.approve(outgoing)) == "payee_inactive"

    def test_the_name_that_somebody_decides_on_stays(self, desk: PayDesk, owner: Payee) -> None:
        """From the submission until it is paid or cancelled, whatever became of its place."""
        place = desk.place(owner, is_confirmed=False)
        outgoing = desk.submitted(place)
        assert refusal(lambda: rename(desk, owner, "Mallory")) == "payee_has_payments"
        desk.confirm(place, IBAN)
        desk.approve(outgoing)
        retire_destination(actor=desk.maker, destination_id=place.pk)
        assert refusal(lambda: rename(desk, owner, "Mallory")) == "payee_has_payments"
        begun = sent(outgoing)
        assert refusal(lambda: rename(desk, owner, "Mallory")) == "payee_has_payments"
        mark_paid(outgoing=begun, out_of=Account.BANK, moment=clock.now())
        assert rename(desk, owner, "Olive Owner-Smith").name == "Olive Owner-Smith"

    def test_the_name_that_a_place_was_confirmed_for_stays(
        self, desk: PayDesk, owner: Payee, place: PayeeDestination
    ) -> None:
        assert rename(desk, owner, f" {owner.name} ").name == owner.name
        assert refusal(lambda: rename(desk, owner, "Mallory")) == "payee_has_places"
        assert change_payee(actor=desk.maker, payee_id=owner.pk, is_active=False).name == owner.name
        change_payee(actor=desk.maker, payee_id=owner.pk, is_active=True)
        retire_destination(actor=desk.maker, destination_id=place.pk)
        rename(desk, owner, "Olive Smith")
        anew = desk.place(owner, is_confirmed=False)
        assert anew.pk != place.pk
        assert refusal(lambda: desk.approve(desk.submitted(anew))) == "destination_unconfirmed"

    @pytest.mark.parametrize(
        ("provider", "shape", "values", "attr"),
        [
            ("mpesa", "telephone", {}, "values.msisdn"),
            ("mpesa", "telephone", {"msisdn": "+1 617 555 0123"}, "values.msisdn"),
            ("mpesa", "telephone", {"msisdn": "0712345678", "iban": "x"}, "values.iban"),
            ("mpesa", "moon", {}, "shape"),
            ("nobody", "x", {}, "provider"),
            ("bank_transfer", "iban", {"iban": "DE89370400440532013001", "name": "A"}, "values.iban"),
            ("stripe", "account", {"acct": "acc_1"}, "values.acct"),
        ],
    )
    def test_what_cannot_be_right_is_refused(
        self, desk: PayDesk, owner: Payee, provider: str, shape: str, values: dict[str, str], attr: str
    ) -> None:
        with pytest.raises(BadInput) as caught:
            set_destination(actor=desk.maker, payee_id=owner.pk, provider=provider, shape=shape, values=values)
        assert caught.value.errors[0].attr == attr

    def test_every_provider_that_pays_out_says_where(self) -> None:
        assert {"bank_transfer", "bkash", "cash", "mpesa", "razorpay", "sandbox", "stripe"} <= set(all_shapes())
        assert shape_of("mpesa", "business").keyless
        assert read_values(shape_of("mpesa", "business"), {"shortcode": "654 321"}) == {"shortcode": "654321"}

    def test_after_a_change_of_keys_they_are_still_read(self, desk: PayDesk, place: PayeeDestination) -> None:
        old = settings.ENCRYPTION_KEYS
        with override_settings(ENCRYPTION_KEYS=["new", *old]):
            call_command("reseal_secrets")
        place.refresh_from_db()
        with override_settings(ENCRYPTION_KEYS=["new"]):
            assert open_destination(place)["iban"] == "DE89370400440532013000"


class TestLists:
    def test_they_are_searched_and_filtered(self, desk: PayDesk, place: PayeeDestination) -> None:
        outgoing = desk.submitted(place, document="INV-77")
        desk.draft(desk.place(desk.payee("supplier", "Plumber")), description="Pipes")

        def found(kind: str = "", **wanted: object) -> list[str]:
            rows = outgoings_of(
                actor=desk.maker, company_id=desk.company.pk, kind=kind, wanted=WantedOutgoings(**wanted)
            )
            return [row.reference for row in rows]

        assert len(found()) == 2
        assert found("payout") == found(words="inv-77") == found(state="submitted") == [outgoing.reference]
        assert found(words="plumb") == found("expense")
        assert outgoing.reference.startswith("PO-")

    def test_payees_are_listed_with_their_places_in_two_queries(
        self, desk: PayDesk, django_assert_max_num_queries: Callable[..., object]
    ) -> None:
        for name in ("Anna", "Bert", "Carl"):
            desk.place(desk.payee("owner", name))
        with django_assert_max_num_queries(3):  # type: ignore[attr-defined]
            rows = list(payees_of(actor=desk.maker, company_id=desk.company.pk))
            assert [len(row.destinations.all()) for row in rows] == [1, 1, 1]

    def test_others_see_nothing(self, desk: PayDesk) -> None:
        stranger = Actor.of(UserFactory())
        with pytest.raises(NotFound):
            payees_of(actor=stranger, company_id=desk.company.pk)
        with pytest.raises(NotFound):
            add_payee(actor=stranger, company_id=CompanyFactory().pk, kind="owner", name="X")

    @pytest.mark.parametrize(("kind", "name", "attr"), [("owner", " ", "name"), ("king", "A", "kind")])
    def test_a_payee_is_somebody(self, desk: PayDesk, kind: str, name: str, attr: str) -> None:
        with pytest.raises(BadInput) as caught:
            desk.payee(kind, name)
        assert caught.value.errors[0].attr == attr


def test_versions_are_not_guessed(desk: PayDesk, place: PayeeDestination) -> None:
    outgoing = desk.submitted(place)
    assert refusal(lambda: approve_outgoing(actor=desk.checker, outgoing_id=outgoing.pk, version=7)) == (
        "changed_meanwhile"
    )


def test_a_credit_needs_an_amount_a_cause_and_a_reason(desk: PayDesk, owner: Payee) -> None:
    for amount, key, reason in [(0, "k", "r"), (1, " ", "r"), (1, "k" * 61, "r"), (1, "k", " ")]:
        with pytest.raises(BadInput):
            credit_owner(actor=desk.maker, payee_id=owner.pk, amount=Money(amount, "USD"), key=key, reason=reason)
