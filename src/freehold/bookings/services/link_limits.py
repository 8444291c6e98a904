"""Pay links are mails to strangers: who may have them sent, how many, and with which words."""

from collections.abc import Iterable

from freehold.accounts.selectors import has_verified_contact
from freehold.bookings.models import Booking
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, TooManyRequests
from freehold.core.ratelimit import RateLimit, consume
from freehold.payments.models import PayLink
from freehold.payments.pay_links import links_of

UNPROVED = "verify_contact_first"
MOST_EVER = 40
"""Links of one booking, those that are over too: each may have been a mail."""
MAILS_PER_GUEST = RateLimit(20, 86_400)
MAILS_PER_COMPANY = RateLimit(500, 86_400)
MAILS_PER_ADDRESS = RateLimit(10, 86_400)


def require_verified_sender(actor: Actor, booking: Booking) -> None:
    """What a booker may not pay yet, nobody pays for them. A company's own people know whom they ask."""
    if actor.user_id == booking.booker_id and _is_unproved(booking):
        raise Conflict("Confirm your email address first: follow the link that we have sent you.", code=UNPROVED)


def require_verified_booker(booking: Booking, link: PayLink) -> None:
    """The same for whoever has the address of a link that the booker made. Raises Conflict."""
    if link.created_by_id == booking.booker_id and _is_unproved(booking):
        raise Conflict("Whoever booked has to confirm their own address first. Ask them to do it.", code=UNPROVED)


def _is_unproved(booking: Booking) -> bool:
    return booking.company.requires_verified_contact and not has_verified_contact(user=booking.booker)


def refuse_too_many_ever(booking: Booking, *, more: int) -> None:
    """Raises Conflict; the caller has locked the booking."""
    if links_of(booking.folio_id).count() + more > MOST_EVER:
        raise Conflict(f"A booking has {MOST_EVER} links at most, over the time. Use those.", code="too_many_links")


def count_mails(*, actor: Actor, booking: Booking, addresses: Iterable[str]) -> None:
    """Counts what is about to be sent. Raises TooManyRequests."""
    who, limit = (f"company:{booking.company_id}", MAILS_PER_COMPANY)
    if actor.user_id == booking.booker_id:
        who, limit = (f"user:{actor.user_id}", MAILS_PER_GUEST)
    for address in filter(None, (each.strip().lower() for each in addresses)):
        for scope, identity, most in (
            ("pay_link_mail:sender", who, limit),
            ("pay_link_mail:address", address, MAILS_PER_ADDRESS),
        ):
            verdict = consume(scope=scope, identity=identity, limit=most)
            if not verdict.allowed:
                raise TooManyRequests(
                    "Too many links were sent. Copy them, and send them yourself.",
                    retry_after=verdict.retry_after or 1,
                )
