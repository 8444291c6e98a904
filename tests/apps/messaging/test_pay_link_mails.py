"""Who pays by a link is written to: with the link, and when a share goes back. Nothing about the booker."""

import pytest

from freehold.adapters.messaging.captured import CapturedMessenger
from freehold.bookings.events import PaymentSentBack
from freehold.bookings.services.expire_booking import expire_booking
from freehold.bookings.services.send_pay_link import send_pay_link
from freehold.bookings.services.split_payment import Share, split_payment
from freehold.bookings.services.take_back_pay_link import take_back_pay_link
from freehold.core.actor import Actor
from freehold.core.models import OutboxMessage
from freehold.messaging import listeners
from freehold.messaging.pay_links import tell_pay_link
from freehold.payments.events import PayLinkMade
from freehold.payments.models import PayLink, Payment, Refund
from freehold.payments.pay_links import forget_link_payers, url_of
from tests.apps.messaging.test_messages import mailbox, sent
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import hold, money_comes, open_attempt
from tests.support.stays import let_the_hold_lapse

pytestmark = pytest.mark.django_db
__all__ = ["mailbox"]

PAYER = "ben@friends.example"


def test_a_payer_gets_the_link_once_and_learns_nothing_of_the_booker(mailbox: CapturedMessenger) -> None:
    booker = UserFactory(first_name="Adalbert", email="adalbert@bookers.example")
    booking = hold(ListingFactory(), booker=booker)
    link = send_pay_link(actor=Actor.of(booker), booking_id=booking.pk, payer_name="Ben", payer_email=PAYER)
    (told,) = OutboxMessage.objects.filter(event="PayLinkMade").values_list("payload", flat=True)
    assert told == {"link_id": str(link.pk)}
    for _ in range(2):
        tell_pay_link(PayLinkMade(link_id=link.pk))
    (mail,) = sent(mailbox)
    assert mail.to == PAYER
    for words in ("$300.00", booking.reference, url_of(link), booking.company.name):
        assert words in mail.text
    assert "dalbert" not in mail.text + mail.html + mail.subject


def test_a_link_that_was_taken_back_is_not_sent_any_more(mailbox: CapturedMessenger) -> None:
    booking = hold(ListingFactory())
    actor = Actor.of(booking.booker)
    link = send_pay_link(actor=actor, booking_id=booking.pk, payer_email=PAYER)
    take_back_pay_link(actor=actor, link_id=link.pk)
    tell_pay_link(PayLinkMade(link_id=link.pk))
    assert sent(mailbox) == []


def test_whose_share_goes_back_is_told_and_so_is_the_booker(mailbox: CapturedMessenger) -> None:
    booking = hold(ListingFactory())
    shares = [Share(payer_email=PAYER), Share()]
    first, _ = split_payment(actor=Actor.of(booking.booker), booking_id=booking.pk, shares=shares)
    money_comes(open_attempt(booking, link=first))
    let_the_hold_lapse()
    expire_booking(booking_id=booking.pk)
    refund = Refund.objects.system("test").get(folio_id=booking.folio_id)
    event = PaymentSentBack(booking_id=booking.pk, refund_id=refund.pk, reason="Not all paid.")
    for _ in range(2):
        listeners.tell_sent_back(event)
    mails = sent(mailbox)
    assert {mail.to for mail in mails} == {PAYER, booking.booker.email}
    assert len(mails) == 2
    assert all("$150.00" in mail.text and "Not all paid." in mail.text for mail in mails)


def test_who_is_erased_takes_the_names_of_payers_along() -> None:
    booking = hold(ListingFactory())
    link = send_pay_link(actor=Actor.of(booking.booker), booking_id=booking.pk, payer_name="Ben", payer_email=PAYER)
    payment = open_attempt(booking, link=link)
    told = {"payer": {"email": PAYER}}
    Payment.objects.system("test").filter(pk=payment.pk).update(request=told)
    money_comes(payment)
    forget_link_payers(folio_ids=[booking.folio_id])
    payment.refresh_from_db()
    assert payment.request == {}
    assert not payment.history.exclude(request={}).exists()
    kept = PayLink.objects.company(booking.company_id).get(pk=link.pk)
    assert (kept.payer_name, kept.payer_email) == ("", "")
