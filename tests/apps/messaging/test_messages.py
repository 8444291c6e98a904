"""What people are told, when, and that it is told once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from icalendar import Calendar

from freehold.accounts.events import AccountMailRequested
from freehold.adapters.messaging.captured import CapturedMessenger
from freehold.bookings.events import BookingCancelled, BookingChanged, BookingConfirmed, BookingRequested
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.expire_booking import expire_booking
from freehold.bookings.types import ItemChange
from freehold.core import outside
from freehold.core.actor import Actor
from freehold.core.outbox import deliver_due
from freehold.messaging import listeners, requests
from freehold.messaging.models import Delivery
from freehold.payments.events import RefundSettled
from freehold.payments.models import Refund
from freehold.ports.messenger import Message, MessengerUnavailable
from tests.factories import ListingFactory, MembershipFactory, UserFactory
from tests.support.booked import confirmed, hold, money_comes, open_attempt
from tests.support.stays import let_the_hold_lapse, stay

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[CapturedMessenger]:
    captured = CapturedMessenger(tmp_path / "mailbox")
    usual = {channel: outside.messenger(channel) for channel in ("email", "sms")}
    for channel in usual:
        outside.bind_messenger(channel, captured)
    yield captured
    for channel, messenger in usual.items():
        outside.bind_messenger(channel, messenger)


def sent(mailbox: CapturedMessenger) -> list[Message]:
    return [captured.message for captured in mailbox.messages()]


@pytest.mark.parametrize(
    ("terms", "told", "step"),
    [
        ("deposit", ["Paid so far: $60.00", "Still to pay by", ": $240.00"], "and you get $60.00 back"),
        ("at_property", ["To pay at the property: $300.00"], "You have paid nothing yet"),
    ],
)
def test_a_confirmation_says_what_is_still_to_be_paid_and_when(
    mailbox: CapturedMessenger, terms: str, told: list[str], step: str
) -> None:
    listing = ListingFactory(payment_terms=terms, rate_plan__deposit_basis_points=2_000)
    booking = hold(listing) if terms == "at_property" else confirmed(listing)[0]
    listeners.tell_confirmed(BookingConfirmed(booking_id=booking.pk))
    (mail,) = sent(mailbox)
    assert [words for words in [*told, step] if words not in mail.text] == []
    assert "$240.00" in mail.html or "$300.00" in mail.html
    assert "Due now" not in mail.text


def test_a_confirmed_guest_gets_the_reference_and_the_stay_as_a_calendar_file(mailbox: CapturedMessenger) -> None:
    booking, _ = confirmed(ListingFactory(property__title="Brick house"))
    listeners.tell_confirmed(BookingConfirmed(booking_id=booking.pk))
    (mail,) = sent(mailbox)
    assert mail.to == booking.booker.email
    assert "confirmed" in mail.subject
    assert booking.reference in mail.subject
    assert booking.reference in mail.text
    assert "$300.00" in mail.text
    assert "Paid so far: $300.00" in mail.text
    assert "and you get $300.00 back" in mail.text
    (attachment,) = mail.attachments
    (event,) = Calendar.from_ical(attachment.content).walk("VEVENT")
    assert event["DTSTART"].dt == booking.starts_at
    assert event["DTEND"].dt == booking.ends_at
    assert "Brick house" in event["SUMMARY"]
    assert event["STATUS"] == "CONFIRMED"


def test_an_occasion_is_told_once_however_often_it_is_delivered(mailbox: CapturedMessenger) -> None:
    booking, _ = confirmed(ListingFactory())
    for _ in range(3):
        listeners.tell_confirmed(BookingConfirmed(booking_id=booking.pk))
    assert len(sent(mailbox)) == 1
    assert Delivery.objects.get().state == "sent"


def test_a_carrier_that_is_away_is_tried_again(mailbox: CapturedMessenger, monkeypatch: pytest.MonkeyPatch) -> None:
    booking, _ = confirmed(ListingFactory())
    with monkeypatch.context() as patched:

        def away(self: CapturedMessenger, message: Message) -> None:
            raise MessengerUnavailable

        patched.setattr(CapturedMessenger, "send", away)
        with pytest.raises(MessengerUnavailable):
            listeners.tell_confirmed(BookingConfirmed(booking_id=booking.pk))
    assert Delivery.objects.get().state == "queued"
    listeners.tell_confirmed(BookingConfirmed(booking_id=booking.pk))
    assert len(sent(mailbox)) == 1


def test_a_cancelled_guest_reads_the_refund_and_the_calendar_forgets_the_stay(mailbox: CapturedMessenger) -> None:
    booking, _ = confirmed(ListingFactory())
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    listeners.tell_cancelled(BookingCancelled(booking_id=booking.pk))
    (mail,) = sent(mailbox)
    assert "cancelled" in mail.subject
    assert "$300.00" in mail.text
    (event,) = Calendar.from_ical(mail.attachments[0].content).walk("VEVENT")
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)


def test_a_hold_that_was_given_up_needs_no_letter(mailbox: CapturedMessenger) -> None:
    booking = hold(ListingFactory())
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    listeners.tell_cancelled(BookingCancelled(booking_id=booking.pk))
    assert sent(mailbox) == []


def test_a_guest_with_only_a_phone_is_told_by_sms(mailbox: CapturedMessenger) -> None:
    booker = UserFactory(email=None, phone="+14155550123")
    booking, _ = confirmed(ListingFactory(), booker=booker)
    listeners.tell_confirmed(BookingConfirmed(booking_id=booking.pk))
    (message,) = sent(mailbox)
    assert (message.channel, message.to) == ("sms", "+14155550123")
    assert booking.reference in message.text


def test_a_refund_is_told_when_it_left_and_again_when_it_came_back(mailbox: CapturedMessenger) -> None:
    booking, _ = confirmed(ListingFactory())
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    refund = Refund.objects.system("test").get(folio_id=booking.folio_id)
    listeners.tell_refunded(RefundSettled(refund_id=refund.pk, folio_id=refund.folio_id, succeeded=False))
    assert sent(mailbox) == []
    listeners.tell_refunded(RefundSettled(refund_id=refund.pk, folio_id=refund.folio_id, succeeded=True))
    assert "refund" in sent(mailbox)[0].subject
    listeners.tell_refunded(RefundSettled(refund_id=refund.pk, folio_id=refund.folio_id, succeeded=False))
    assert "came back" in sent(mailbox)[0].subject


def test_who_cancelled_before_the_confirmation_went_out_gets_none(mailbox: CapturedMessenger) -> None:
    booking, _ = confirmed(ListingFactory())
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    listeners.tell_confirmed(BookingConfirmed(booking_id=booking.pk))
    assert sent(mailbox) == []


def test_money_that_came_too_late_is_explained(mailbox: CapturedMessenger) -> None:
    listing = ListingFactory()
    booking = hold(listing)
    payment = open_attempt(booking)
    let_the_hold_lapse()
    expire_booking(booking_id=booking.pk)
    hold(listing)
    money_comes(payment)
    while deliver_due(worker_id="test"):
        pass
    (mail,) = [message for message in sent(mailbox) if "returning" in message.subject]
    assert "space was taken" in mail.text


def test_a_title_cannot_break_the_subject_or_the_page(mailbox: CapturedMessenger) -> None:
    booking, _ = confirmed(ListingFactory(title="<b>Loft</b>\r\nBcc: everybody@example.com"))
    listeners.tell_confirmed(BookingConfirmed(booking_id=booking.pk))
    (mail,) = sent(mailbox)
    assert "\n" not in mail.subject
    assert "<b>Loft" not in mail.html
    assert "&lt;b&gt;Loft" in mail.html


def test_a_subject_is_read_as_it_was_written(mailbox: CapturedMessenger) -> None:
    booking = hold(ListingFactory(title="Owl's Nest & Co", acceptance="request"))
    MembershipFactory(company=booking.company)
    requests.tell_requested(BookingRequested(booking_id=booking.pk))
    assert any("Owl's Nest & Co" in mail.subject for mail in sent(mailbox))


def test_account_mails_are_composed_when_they_are_sent(mailbox: CapturedMessenger) -> None:
    user = UserFactory()
    listeners.send_account_mail(AccountMailRequested(mail="password_reset_key", to=user.email, user_id=user.pk))
    (mail,) = sent(mailbox)
    assert mail.to == user.email
    assert "/auth/reset/" in mail.text


def test_an_account_that_is_gone_gets_no_mail(mailbox: CapturedMessenger) -> None:
    user = UserFactory(is_active=False)
    listeners.send_account_mail(AccountMailRequested(mail="password_reset_key", to=user.email, user_id=user.pk))
    assert sent(mailbox) == []


def test_a_changed_booking_is_told_with_the_same_events_one_number_later(mailbox: CapturedMessenger) -> None:
    listing = ListingFactory()
    booking, _ = confirmed(listing)
    item = booking.items.get()
    change_booking(
        actor=Actor.of(booking.booker),
        booking_id=booking.pk,
        changes=[ItemChange(item.pk, when=stay(listing, nights=2).when)],
    )
    for _ in range(2):
        listeners.tell_changed(BookingChanged(booking_id=booking.pk, number=1))
    (mail,) = sent(mailbox)
    assert "was changed" in mail.subject
    assert "You get $100.00 back" in mail.text
    (event,) = Calendar.from_ical(mail.attachments[0].content).walk("VEVENT")
    item.refresh_from_db()
    assert event["UID"] == f"{item.pk}@freehold"
    assert (event["SEQUENCE"], event["DTEND"].dt) == (1, item.ends_at)
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    listeners.tell_cancelled(BookingCancelled(booking_id=booking.pk))
    (event,) = Calendar.from_ical(sent(mailbox)[0].attachments[0].content).walk("VEVENT")
    assert event["SEQUENCE"] == 2
