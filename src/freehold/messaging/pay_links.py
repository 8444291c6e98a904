"""Messages to those who pay by a link. They have no account here, and only the address that somebody gave for them."""

from freehold.bookings.models import Booking
from freehold.domain.money import Money
from freehold.domain.shares import LinkState
from freehold.messaging.facts import booking_facts, moment_text, money_text
from freehold.messaging.services.send_message import send_message
from freehold.payments.events import PayLinkMade
from freehold.payments.models import PayLink, Refund
from freehold.payments.pay_links import amount_of, get_link, state_of, url_of


def tell_pay_link(event: PayLinkMade) -> None:
    """Nothing for a link that was paid, taken back or forgotten meanwhile."""
    link = get_link(event.link_id)
    booking = _booking_of(link)
    if booking is None or not link.payer_email or state_of(link) is not LinkState.OPEN:
        return
    item = booking.items.select_related("listing__property").order_by("position")[0]
    send_message(
        key=f"pay_link:{link.pk}",
        template="pay_link",
        recipient=link.payer_email,
        context={
            **_facts(booking, link),
            "amount_text": money_text(amount_of(link)),
            "until": moment_text(link.expires_at, item.listing.property),
            "url": url_of(link),
        },
        company_id=booking.company_id,
    )


def tell_payer_sent_back(refund: Refund, *, reason: str) -> None:
    """Whose share goes back is told by us, not only by the booker."""
    link = refund.payment.link
    booking = _booking_of(link) if link is not None and link.payer_email else None
    if link is None or booking is None:
        return
    send_message(
        key=f"pay_link_returned:{refund.pk}",
        template="pay_link_returned",
        recipient=link.payer_email,
        context={
            **_facts(booking, link),
            "amount_text": money_text(Money(refund.amount_minor, refund.currency)),
            "reason": reason,
            "url": url_of(link),
        },
        company_id=booking.company_id,
    )


def _booking_of(link: PayLink) -> Booking | None:
    bookings = Booking.objects.system("messages").select_related("booker", "company")
    return bookings.filter(folio_id=link.folio_id).first()


def _facts(booking: Booking, link: PayLink) -> dict[str, object]:
    """What a stranger may know: the place and the dates, and nothing of who booked, or what it costs in all."""
    facts = booking_facts(booking)
    return {
        "reference": facts["reference"],
        "company": facts["company"],
        "stays": [{**stay, "address": ""} for stay in facts["stays"]],
        "payer_name": link.payer_name,
        "label": link.label,
        "is_share": link.is_share,
    }
