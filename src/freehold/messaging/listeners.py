"""Whom to tell what, when. Outbox listeners: each may run more than once, each message has a key of its own."""

from typing import Any

from django.conf import settings
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils.translation import override

from freehold.accounts.events import AccountMailRequested
from freehold.accounts.mails import compose
from freehold.bookings.events import BookingCancelled, BookingChanged, BookingConfirmed, PaymentSentBack
from freehold.bookings.models import Booking
from freehold.core import clock, outside
from freehold.core.ids import uuid7
from freehold.domain.money import Money
from freehold.messaging.calendar import booking_calendar
from freehold.messaging.facts import booking_facts, money_text
from freehold.messaging.models import Delivery
from freehold.messaging.pay_links import tell_payer_sent_back
from freehold.messaging.services.send_message import one_line, send_message
from freehold.payments.events import RefundSettled
from freehold.payments.models import Refund
from freehold.ports.messenger import Attachment, Message


def tell_confirmed(event: BookingConfirmed) -> None:
    """Who cancelled before this was delivered needs no confirmation any more."""
    booking = booking_to_tell(event.booking_id)
    if booking.cancelled_at is None:
        tell_booker(booking, "booking_confirmed", with_calendar=True)


def tell_cancelled(event: BookingCancelled) -> None:
    """A hold that was given up before it was ever confirmed needs no letter."""
    booking = booking_to_tell(event.booking_id)
    if booking.confirmed_at is not None:
        tell_booker(booking, "booking_cancelled", with_calendar=True)


def tell_changed(event: BookingChanged) -> None:
    """With the calendar file as it is now. Who cancelled before this was delivered needs no such letter."""
    booking = booking_to_tell(event.booking_id)
    if booking.cancelled_at is not None:
        return
    change = booking.changes.get(number=event.number)
    tell_booker(
        booking,
        "booking_changed",
        occasion=str(event.number),
        with_calendar=True,
        extra_paid=money_text(Money(change.due_minor, booking.currency)) if change.due_minor else "",
        given_back=money_text(Money(change.refund_minor, booking.currency)) if change.refund_minor else "",
    )


def tell_sent_back(event: PaymentSentBack) -> None:
    refund = Refund.objects.system("payment sent back").get(pk=event.refund_id)
    tell_booker(
        booking_to_tell(event.booking_id),
        "payment_sent_back",
        occasion=str(refund.pk),
        amount_text=money_text(Money(refund.amount_minor, refund.currency)),
        reason=event.reason,
    )
    tell_payer_sent_back(refund, reason=event.reason)


def tell_refunded(event: RefundSettled) -> None:
    """A refund that never left is only in the review queue; one that was told and came back is told again."""
    refund = Refund.objects.system("refund settled").get(pk=event.refund_id)
    booking = Booking.objects.system("refund settled").filter(folio_id=refund.folio_id).first()
    if booking is None:
        return
    told = Delivery.objects.filter(key=occasion_key("refund_paid", booking, str(refund.pk))).exists()
    if event.succeeded or told:
        tell_booker(
            booking_to_tell(booking.pk),
            "refund_paid" if event.succeeded else "refund_returned",
            occasion=str(refund.pk),
            amount_text=money_text(Money(refund.amount_minor, refund.currency)),
        )


def send_account_mail(event: AccountMailRequested) -> None:
    """Links carry one-time tokens and are made now. A repetition after a crash is a second, equally valid link.

    There is no delivery row: who asked for a new password is no business record.
    """
    mail = compose(event)
    if mail is None:
        return
    context = dict(mail.context)
    with override(mail.language or settings.LANGUAGE_CODE):
        outside.messenger("email").send(
            Message(
                channel="email",
                to=mail.to,
                subject=one_line(render_to_string(f"{mail.template}_subject.txt", context)),
                text=render_to_string(f"{mail.template}_message.txt", context),
                html=_html(f"{mail.template}_message.html", context),
                dedupe_key=f"account:{uuid7()}",
            )
        )


def _html(template: str, context: dict[str, Any]) -> str:
    try:
        return render_to_string(template, context)
    except TemplateDoesNotExist:
        return ""


def booking_to_tell(booking_id: Any) -> Booking:
    return Booking.objects.system("messages").select_related("booker", "company").get(pk=booking_id)


def occasion_key(template: str, booking: Booking, occasion: str) -> str:
    return f"{template}:{booking.pk}:{occasion}"


def tell_booker(
    booking: Booking, template: str, *, occasion: str = "", with_calendar: bool = False, **extra: Any
) -> None:
    """To the booker's address; a booker with only a phone number gets the short form by SMS."""
    booker = booking.booker
    key = occasion_key(template, booking, occasion)
    url = f"{settings.SITE_URL}/trips/{booking.reference}/"
    context = {**booking_facts(booking), "url": url, **extra}
    if booker.email:
        attachments: tuple[Attachment, ...] = ()
        if with_calendar:
            content = booking_calendar(booking, url=url, stamp=clock.now())
            method = "CANCEL" if template == "booking_cancelled" else "PUBLISH"
            attachments = (
                Attachment(f"{booking.reference}.ics", f"text/calendar; charset=utf-8; method={method}", content),
            )
        send_message(
            key=key,
            template=template,
            recipient=booker.email,
            context=context,
            company_id=booking.company_id,
            attachments=attachments,
        )
    elif booker.phone:
        send_message(
            key=key,
            template=f"sms/{template}",
            recipient=booker.phone,
            context=context,
            channel="sms",
            company_id=booking.company_id,
        )
