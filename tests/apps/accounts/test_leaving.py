"""Closing an account, being forgotten, and joining two accounts: what goes, what stays, and who says no."""

import json
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import DatabaseError, transaction
from django.test import Client

from freehold.accounts import phone_codes
from freehold.accounts.models import DataExport, PhoneCode, User
from freehold.accounts.phones import read_phone
from freehold.accounts.services.close_account import close_account
from freehold.accounts.services.erase_account import erase_account
from freehold.accounts.services.merge_accounts import merge_accounts
from freehold.accounts.services.update_profile import update_profile
from freehold.bookings.models import Booking
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.set_guests import set_guests
from freehold.bookings.types import GuestName
from freehold.companies.models import Membership, Role
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Credit, GatewayEvent, Payment
from freehold.payments.services.apply_event import apply_event
from freehold.payments.services.receive_credit import store_credit
from freehold.payments.services.replay_event import replay_event
from freehold.ports.credit_notice import CreditNotice
from freehold.reports.personal_data import personal_data_of
from tests.factories import CompanyFactory, ListingFactory, UserFactory
from tests.support.booked import hold as hold_listing
from tests.support.booked import open_attempt
from tests.support.deposits import bind_a_sandbox
from tests.support.stays import let_the_hold_lapse

pytestmark = pytest.mark.django_db

PHONE = "+16175550123"


def person(**facts: Any) -> User:
    user: User = UserFactory.create(**facts)
    return user


def phone_only(number: str = PHONE, **facts: Any) -> User:
    return User.objects.create_user(phone=number, phone_verified_at=clock.now(), **facts)


def hold(user: User) -> Booking:
    return hold_listing(ListingFactory.create(), booker=user)


def code_for(user: User, number: str = PHONE) -> str:
    phone_codes.issue(phone=read_phone(number), purpose=PhoneCode.Purpose.CHANGE, address="192.0.2.1", user=user)
    return phone_codes.code_of(PhoneCode.objects.get(user=user).pk)


class TestClosing:
    def test_nobody_signs_in_any_more_and_every_session_is_over(self, client: Client) -> None:
        user = person()
        client.force_login(user)
        close_account(actor=Actor.of(user))
        assert client.get("/profile/").status_code == 302
        user.refresh_from_db()
        assert not user.is_active
        assert user.closed_at is not None

    def test_the_last_administrator_hands_over_first(self) -> None:
        user, company = person(), CompanyFactory.create()
        Membership.objects.create(company=company, user=user, role=Role.ADMIN)
        with pytest.raises(Conflict) as refusal:
            close_account(actor=Actor.of(user))
        assert refusal.value.code == "last_admin"
        Membership.objects.create(company=company, user=person(is_active=False), role=Role.ADMIN)
        with pytest.raises(Conflict):  # who cannot sign in administers nothing
            close_account(actor=Actor.of(user))
        Membership.objects.create(company=company, user=person(), role=Role.ADMIN)
        close_account(actor=Actor.of(user))


class TestErasing:
    def test_what_says_who_it_was_is_gone_and_the_booking_stays(self) -> None:
        user = person(email="ann@example.com", first_name="Ann", last_name="Canary")
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        booking = hold(user)
        set_guests(actor=Actor.of(user), booking_id=booking.pk, guests=[GuestName("Ann Canary")], note="Canary note")
        cancel_booking(actor=Actor.of(user), booking_id=booking.pk)
        erase_account(actor=Actor.of(user))
        user.refresh_from_db()
        kept = Booking.objects.system("test").get(pk=booking.pk)
        assert kept.booker_id == user.pk
        assert kept.guest_note == ""
        assert not kept.history.filter(guest_note__contains="Canary").exists()  # type: ignore[attr-defined]
        assert [guest.name for guest in kept.guests.all()] == ["Erased guest"]
        assert (user.email, user.first_name, user.last_name, user.is_active) == (None, "", "", False)
        assert str(user).startswith("erased-")
        assert not EmailAddress.objects.filter(email="ann@example.com").exists()

    def test_a_booking_that_stands_keeps_the_name_until_it_is_over(self) -> None:
        user = person()
        hold(user)
        with pytest.raises(Conflict) as refusal:
            erase_account(actor=Actor.of(user))
        assert refusal.value.code == "bookings_ahead"
        user.refresh_from_db()
        assert user.is_active

    def test_a_payment_under_way_keeps_the_payer_known(self) -> None:
        user = person()
        booking = hold(user)
        payment = open_attempt(booking)
        Payment.objects.system("test").filter(pk=payment.pk).update(payer=user)
        let_the_hold_lapse()
        with pytest.raises(Conflict) as refusal:
            erase_account(actor=Actor.of(user))
        assert refusal.value.code == "payment_open"

    def test_a_payment_that_is_over_says_no_more_who_paid(self) -> None:
        user = person()
        payment = open_attempt(hold(user))
        is_over = {"payer": user, "state": PaymentState.FAILED, "request": {"payer": {"email": user.email}}}
        Payment.objects.system("test").filter(pk=payment.pk).update(**is_over)
        let_the_hold_lapse()
        erase_account(actor=Actor.of(user))
        payment.refresh_from_db()
        assert payment.request == {}
        assert not payment.history.exclude(request={}).exists()  # type: ignore[attr-defined]

    @pytest.mark.django_db(transaction=True)
    def test_messages_about_a_payment_say_no_more_who_paid_and_can_still_be_read(self) -> None:
        bind_a_sandbox()
        user = person()
        payment = open_attempt(hold(user))
        Payment.objects.system("test").filter(pk=payment.pk).update(payer=user, state=PaymentState.FAILED)
        event = GatewayEvent.objects.create(
            provider=payment.provider,
            account=payment.account,
            dedupe_key="m1",
            subject="payment",
            type="payment.failed",
            object_id=payment.object_id,
            trusted=True,
            headers={"x": "Canary"},
            body=b"Canary",
            state=GatewayEvent.State.APPLIED,
            payment=payment,
        )
        let_the_hold_lapse()
        erase_account(actor=Actor.of(user))
        event.refresh_from_db()
        assert (bytes(event.body), event.headers, event.query, event.dedupe_key) == (b"", {}, {}, "m1")
        replay_event(actor=Actor.system("test"), event_id=event.pk)
        assert apply_event(event_id=event.pk).state == GatewayEvent.State.APPLIED

    @pytest.mark.parametrize("is_payer", [True, False])
    def test_money_that_a_bank_told_of_says_no_more_who_sent_it(self, is_payer: bool) -> None:
        user = person()
        booking = hold(user)
        payment = open_attempt(booking)
        payer = user if is_payer else None
        Payment.objects.system("test").filter(pk=payment.pk).update(payer=payer, state=PaymentState.FAILED)
        notice = CreditNotice(
            "jenga", "T1", "0123", Money(100, "USD"), "Ann Canary", "Ann Canary", "254712345678", raw={"name": "Canary"}
        )
        credit = store_credit(notice=notice, company_id=booking.company_id, account="main", trusted=True)
        Credit.objects.filter(pk=credit.pk).update(state=Credit.State.ALLOCATED, payment=payment)
        let_the_hold_lapse()
        erase_account(actor=Actor.of(user))
        credit.refresh_from_db()
        assert (credit.reference, credit.payer_name, credit.payer_phone, credit.raw) == ("", "", "", {})
        assert (credit.external_id, credit.amount_minor) == ("T1", 100)
        trail = list(credit.history.values())  # type: ignore[attr-defined]
        assert trail
        assert "Canary" not in str(trail)
        assert "254712345678" not in str(trail)

    def test_the_address_can_make_a_new_account(self) -> None:
        user = person(email="ann@example.com")
        erase_account(actor=Actor.of(user))
        assert person(email="ann@example.com").pk != user.pk

    def test_a_page_erases_after_a_fresh_proof_only(self, client: Client) -> None:
        user = person()
        client.force_login(user)
        answer = client.post("/privacy/erase/")
        assert answer.status_code == 302
        assert "/reauthenticate/" in answer["Location"]
        user.refresh_from_db()
        assert user.is_active


class TestMerging:
    def test_the_trips_of_both_are_the_trips_of_one(self) -> None:
        me, other = person(), phone_only(first_name="Zoe")
        booking = hold(other)
        merged = merge_accounts(actor=Actor.of(me), phone=PHONE, code=code_for(me))
        assert merged.pk == me.pk
        assert merged.phone == PHONE
        assert Booking.objects.guest(me).get().pk == booking.pk
        other.refresh_from_db()
        assert (other.is_active, other.merged_into_id, other.phone) == (False, me.pk, None)

    def test_a_wrong_code_joins_nothing(self) -> None:
        me, other = person(), phone_only()
        right = code_for(me)
        with pytest.raises(BadInput) as refusal:
            merge_accounts(actor=Actor.of(me), phone=PHONE, code=f"{(int(right) + 1) % 1_000_000:06}")
        assert refusal.value.code == "invalid_code"
        other.refresh_from_db()
        assert other.is_active

    @pytest.mark.parametrize("facts", [{"email": "too@example.com"}, {"username": "zoe"}, {"is_staff": True}])
    def test_an_account_with_another_way_in_is_not_taken_by_its_phone(self, facts: dict[str, Any]) -> None:
        me, other = person(), phone_only(**facts)
        code = code_for(me)
        with pytest.raises(Conflict) as refusal:
            merge_accounts(actor=Actor.of(me), phone=PHONE, code=code)
        assert refusal.value.code == "not_mergeable"
        other.refresh_from_db()
        assert other.is_active
        assert PhoneCode.objects.filter(user=me).exists(), "the code stays good"

    def test_the_higher_role_stays_where_both_work(self) -> None:
        me, other, company = person(), phone_only(), CompanyFactory.create()
        Membership.objects.create(company=company, user=me, role=Role.HOST)
        Membership.objects.create(company=company, user=other, role=Role.ADMIN)
        merge_accounts(actor=Actor.of(me), phone=PHONE, code=code_for(me))
        assert [each.role for each in Membership.objects.company(company.pk)] == [Role.ADMIN]

    def test_payments_come_along_and_the_other_account_says_nothing_any_more(self) -> None:
        me, other = person(first_name=""), phone_only(first_name="Zoe")
        payment = open_attempt(hold(other))
        merge_accounts(actor=Actor.of(me), phone=PHONE, code=code_for(me))
        payment.refresh_from_db()
        other.refresh_from_db()
        assert payment.payer_id == me.pk
        assert (other.first_name, User.objects.get(pk=me.pk).first_name) == ("", "Zoe")


class TestActingAsSomebody:
    @pytest.mark.parametrize("service", [close_account, erase_account, personal_data_of])
    def test_nobody_leaves_or_takes_data_along_in_anothers_name(self, service: Any) -> None:
        actor = Actor(user=person(), impersonator_id=person().pk)
        with pytest.raises(AccessDenied) as refusal:
            service(actor=actor)
        assert refusal.value.code == "not_while_impersonating"

    def test_the_profile_is_the_persons_own_hand(self) -> None:
        actor = Actor(user=person(), impersonator_id=person().pk)
        with pytest.raises(AccessDenied):
            update_profile(actor=actor, changes={"first_name": "Zed"})


class TestTakingAlong:
    def test_the_file_holds_the_own_data_and_nobody_elses(self, client: Client) -> None:
        me, other = person(first_name="Ann"), person(first_name="Zoe")
        booking, foreign = hold(me), hold(other)
        client.force_login(me)
        answer = client.get("/privacy/export/")
        data = json.loads(answer.content)
        assert answer["Content-Disposition"].startswith("attachment")
        assert data["profile"]["first_name"] == "Ann"
        assert [row["reference"] for row in data["bookings"]] == [booking.reference]
        assert foreign.reference not in answer.content.decode()
        assert "password" not in data["profile"]

    def test_it_takes_as_many_queries_for_many_bookings(self, django_assert_max_num_queries: Any) -> None:
        me = person()
        for _ in range(4):
            hold(me)
        with django_assert_max_num_queries(17):
            personal_data_of(actor=Actor.of(me))

    def test_that_it_was_taken_is_written_down_for_good(self, client: Client) -> None:
        me = person()
        client.force_login(me)
        client.get("/privacy/export/")
        assert [row["kind"] for row in client.get("/api/v1/me/export/").json()["exports"]] == ["own"] * 2
        taken = DataExport.objects.filter(user=me)
        assert taken.count() == 2
        for change in (lambda: taken.update(row_count=0), lambda: taken.delete()):
            with pytest.raises(DatabaseError, match="insert_only"), transaction.atomic():
                change()
        assert taken.count() == 2
