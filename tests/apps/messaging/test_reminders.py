"""What a guest is reminded of before arriving: at its moment, once, and never of what is no more."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from freehold.adapters.messaging.captured import CapturedMessenger
from freehold.bookings.events import DepositAsked
from freehold.bookings.models import Booking
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.expire_booking import expire_booking
from freehold.bookings.services.preview_refund import preview_refund
from freehold.bookings.types import ItemChange
from freehold.config.wiring import SCHEDULE
from freehold.core import clock, outside
from freehold.core.actor import Actor
from freehold.core.outbox import deliver_due
from freehold.domain.payment_states import PaymentState
from freehold.messaging.deposits import tell_deposit_asked
from freehold.messaging.events import ReminderDue
from freehold.messaging.facts import money_text
from freehold.messaging.models import Reminder
from freehold.messaging.reminders import tell_reminder
from freehold.messaging.services.remind import send_due_reminders
from freehold.payments.models import Payment, ReviewItem
from freehold.payments.services.refund_reviewed import refund_reviewed
from freehold.ports.messenger import Message
from freehold.properties.models import Listing
from tests.apps.payments.builders import a_payment
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import confirmed, hold, money_comes, open_attempt
from tests.support.deposits import booked_with_deposit
from tests.support.stays import stay

pytestmark = pytest.mark.django_db

DEPOSIT = {"payment_terms": Listing.PaymentTerms.DEPOSIT, "rate_plan__deposit_basis_points": 3_000}


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[CapturedMessenger]:
    captured = CapturedMessenger(tmp_path / "mailbox")
    usual = {channel: outside.messenger(channel) for channel in ("email", "sms")}
    for channel in usual:
        outside.bind_messenger(channel, captured)
    yield captured
    for channel, messenger in usual.items():
        outside.bind_messenger(channel, messenger)


def go_to(booking: Booking, *, days_before: float) -> None:
    """Moves the clock to so many days before the arrival, and a minute on."""
    clock.move(booking.starts_at - timedelta(days=days_before) + timedelta(minutes=1) - clock.database_now())


def reminded(mailbox: CapturedMessenger) -> list[Message]:
    """The reminders that left, oldest first, after the job ran and everything that is due was delivered."""
    send_due_reminders()
    while deliver_due(worker_id="test"):
        pass
    mails = [captured.message for captured in reversed(mailbox.messages())]
    return [mail for mail in mails if mail.dedupe_key.startswith("reminder_")]


def test_three_days_before_the_guest_reads_where_when_and_how_to_cancel(mailbox: CapturedMessenger) -> None:
    listing = ListingFactory(property__street="5 Beacon Street", property__postal_code="02108")
    booking, _ = confirmed(listing, arrive_in=20)
    go_to(booking, days_before=3.1)
    assert reminded(mailbox) == []
    go_to(booking, days_before=3)
    (mail,) = reminded(mailbox)
    assert mail.to == booking.booker.email
    assert booking.reference in mail.subject
    for text in (mail.text, mail.html):
        assert "5 Beacon Street, 02108" in text
        assert "3:00" in text or "4:00" in text
        assert f"/trips/{booking.reference}/" in text
        assert "back." in text
        assert "Still to be paid" not in text


def test_a_reminder_is_given_once_however_often_the_job_runs(mailbox: CapturedMessenger) -> None:
    booking, _ = confirmed(ListingFactory(), arrive_in=20)
    go_to(booking, days_before=3)
    assert len(reminded(mailbox)) == 1
    go_to(booking, days_before=2)
    assert len(reminded(mailbox)) == 1
    tell_reminder(ReminderDue(booking_id=booking.pk, kind="arrival", arrives_at=booking.starts_at))
    assert len(reminded(mailbox)) == 1
    assert Reminder.objects.count() == 1


def test_only_the_steps_of_the_refund_that_are_ahead_are_told(mailbox: CapturedMessenger) -> None:
    booking, _ = confirmed(ListingFactory(), arrive_in=20)
    go_to(booking, days_before=3)
    (mail,) = reminded(mailbox)
    assert mail.text.count("Cancel until") == 1
    assert "you get $150.00 back" in mail.text
    assert "$300.00" not in mail.text


def test_a_deposit_promises_no_more_back_than_was_paid(mailbox: CapturedMessenger) -> None:
    booking, _ = confirmed(ListingFactory(**DEPOSIT), arrive_in=20)
    go_to(booking, days_before=3)
    (arrival,) = [mail for mail in reminded(mailbox) if "arrival" in mail.subject]
    shown = preview_refund(actor=Actor.of(booking.booker), booking_id=booking.pk).refund
    assert f"you get {money_text(shown)} back" in arrival.text


def holds(booking: Booking, minor: int) -> None:
    """The booker's bank holds so much, and it is not taken yet."""
    a_payment(booking.folio, amount=minor, received=0, state=PaymentState.AUTHORIZED, capture="manual")


def test_what_a_bank_holds_is_not_asked_for_again(mailbox: CapturedMessenger) -> None:
    booking, _ = confirmed(ListingFactory(**DEPOSIT), arrive_in=20)
    holds(booking, 10_000)
    go_to(booking, days_before=7)
    (mail,) = reminded(mailbox)
    assert "$110.00" in mail.subject
    go_to(booking, days_before=3)
    assert "Still to be paid: $110.00" in reminded(mailbox)[-1].text


def test_of_what_a_bank_holds_whole_nobody_is_reminded(mailbox: CapturedMessenger) -> None:
    booking, _ = confirmed(ListingFactory(**DEPOSIT), arrive_in=20)
    holds(booking, 21_000)
    go_to(booking, days_before=7)
    assert reminded(mailbox) == []
    go_to(booking, days_before=3)
    (arrival,) = reminded(mailbox)
    assert "Still to be paid" not in arrival.text


@pytest.mark.parametrize(("nights", "lasts"), [(2, True), (20, False)])
def test_who_is_asked_for_a_deposit_is_promised_nothing_that_the_bank_will_not_do(
    mailbox: CapturedMessenger, nights: int, lasts: bool
) -> None:
    deposit = booked_with_deposit(nights=nights, arrive_in=1, return_days=1)
    tell_deposit_asked(DepositAsked(deposit_id=deposit.pk, is_renewal=False, on="2026-01-01"))
    (mail,) = [each.message for each in mailbox.messages() if "deposit" in each.message.subject]
    assert ("It goes back by itself on" in mail.text) is lasts
    assert ("Banks hold money for some days only" in mail.text) is not lasts


def test_what_is_owed_is_told_a_week_before_and_again_with_the_arrival(mailbox: CapturedMessenger) -> None:
    booking, _ = confirmed(ListingFactory(**DEPOSIT), arrive_in=20)
    go_to(booking, days_before=7)
    (mail,) = reminded(mailbox)
    assert "$210.00" in mail.subject
    assert "Please pay it before you arrive" in mail.text
    assert "$300.00" in mail.text
    go_to(booking, days_before=3)
    (_, arrival) = reminded(mailbox)
    assert "Still to be paid: $210.00" in arrival.text


def test_what_is_paid_at_the_place_is_asked_for_there(mailbox: CapturedMessenger) -> None:
    booking = hold(ListingFactory(payment_terms=Listing.PaymentTerms.AT_PROPERTY), arrive_in=20)
    go_to(booking, days_before=7)
    (mail,) = reminded(mailbox)
    assert "You pay it at the place" in mail.text


def money_in_doubt(booking: Booking) -> Payment:
    """Half of what was asked arrived: somebody looks into it."""
    payment = open_attempt(booking)
    payment.amount_minor = 21_000
    payment.save()
    money_comes(payment, 10_500)
    return payment


@pytest.mark.parametrize("since", ["before it was due", "while it was on its way"])
def test_a_balance_is_asked_for_when_the_money_in_review_was_decided(mailbox: CapturedMessenger, since: str) -> None:
    booking, _ = confirmed(ListingFactory(**DEPOSIT), arrive_in=20)
    if since == "while it was on its way":
        go_to(booking, days_before=7)
        send_due_reminders()
    money_in_doubt(booking)
    go_to(booking, days_before=6)
    assert reminded(mailbox) == []
    refund_reviewed(actor=Actor.system("test"), item_id=ReviewItem.objects.get().pk)
    (mail,) = reminded(mailbox)
    assert "$210.00" in mail.subject
    assert len(reminded(mailbox)) == 1


def test_who_has_paid_everything_is_not_asked_for_money(mailbox: CapturedMessenger) -> None:
    booking, _ = confirmed(ListingFactory(), arrive_in=20)
    go_to(booking, days_before=7)
    assert reminded(mailbox) == []


def test_who_pays_before_the_reminder_leaves_is_not_asked(mailbox: CapturedMessenger) -> None:
    booking, _ = confirmed(ListingFactory(**DEPOSIT), arrive_in=20)
    go_to(booking, days_before=7)
    assert send_due_reminders() == 1
    balance = open_attempt(booking)
    balance.amount_minor = booking.total_minor - booking.due_now_minor
    balance.save()
    money_comes(balance)
    assert reminded(mailbox) == []


@pytest.mark.parametrize("is_found_first", [True, False])
def test_who_cancelled_is_not_reminded(mailbox: CapturedMessenger, is_found_first: bool) -> None:
    booking, _ = confirmed(ListingFactory(**DEPOSIT), arrive_in=20)
    go_to(booking, days_before=3)
    if is_found_first:
        assert send_due_reminders() == 2
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    assert reminded(mailbox) == []


def test_a_hold_that_expired_or_still_waits_is_not_reminded(mailbox: CapturedMessenger) -> None:
    waiting, expired = hold(ListingFactory(), arrive_in=20), hold(ListingFactory(), arrive_in=20)
    go_to(waiting, days_before=3)
    expire_booking(booking_id=expired.pk)
    assert reminded(mailbox) == []


def test_who_books_later_than_the_reminders_moment_gets_none(mailbox: CapturedMessenger) -> None:
    confirmed(ListingFactory(**DEPOSIT), arrive_in=2)
    assert reminded(mailbox) == []


def test_an_arrival_that_is_over_is_not_announced(mailbox: CapturedMessenger) -> None:
    booking, _ = confirmed(ListingFactory(**DEPOSIT), arrive_in=20)
    go_to(booking, days_before=0)
    assert reminded(mailbox) == []


def test_other_dates_are_another_arrival(mailbox: CapturedMessenger) -> None:
    listing = ListingFactory()
    booking, _ = confirmed(listing, arrive_in=20)
    go_to(booking, days_before=3)
    assert len(reminded(mailbox)) == 1
    later = ItemChange(booking.items.get().pk, when=stay(listing, arrive_in=15).when)
    change_booking(actor=Actor.of(booking.booker), booking_id=booking.pk, changes=[later])
    booking.refresh_from_db()
    assert len(reminded(mailbox)) == 1
    go_to(booking, days_before=3)
    (_, second) = reminded(mailbox)
    assert second.text != reminded(mailbox)[0].text


def test_dates_changed_to_soon_were_just_told(mailbox: CapturedMessenger) -> None:
    listing = ListingFactory()
    booking, _ = confirmed(listing, arrive_in=20)
    go_to(booking, days_before=10)
    sooner = ItemChange(booking.items.get().pk, when=stay(listing, arrive_in=2).when)
    change_booking(actor=Actor.of(booking.booker), booking_id=booking.pk, changes=[sooner])
    assert reminded(mailbox) == []


def test_a_reminder_of_dates_that_changed_meanwhile_stays_behind(mailbox: CapturedMessenger) -> None:
    listing = ListingFactory()
    booking, _ = confirmed(listing, arrive_in=20)
    go_to(booking, days_before=3)
    assert send_due_reminders() == 1
    later = ItemChange(booking.items.get().pk, when=stay(listing, arrive_in=15).when)
    change_booking(actor=Actor.of(booking.booker), booking_id=booking.pk, changes=[later])
    assert reminded(mailbox) == []


def test_a_guest_with_only_a_phone_is_reminded_by_sms(mailbox: CapturedMessenger) -> None:
    booker = UserFactory(email=None, phone="+14155550123")
    booking, _ = confirmed(ListingFactory(**DEPOSIT), booker=booker, arrive_in=20)
    go_to(booking, days_before=3)
    send_due_reminders()
    while deliver_due(worker_id="test"):
        pass
    texts = [each.message.text for each in mailbox.messages() if each.message.channel == "sms"]
    assert any("$210.00 is still to be paid" in text for text in texts)
    assert any("you arrive" in text for text in texts)


def test_reminders_follow_the_clock() -> None:
    (job,) = [job for job in SCHEDULE if job.run is send_due_reminders]
    assert job.follows_clock
