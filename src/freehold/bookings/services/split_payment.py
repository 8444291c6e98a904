"""What a hold needs is paid by several people, each by a link of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking
from freehold.bookings.pay_links import SEND
from freehold.bookings.selectors import find_booking, reads_as
from freehold.bookings.services.link_limits import count_mails, refuse_too_many_ever, require_verified_sender
from freehold.bookings.services.send_pay_link import MOST_NAME, check_payer, require_payable
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.domain.booking_states import HOLDING, BookingState
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.domain.plain_words import plain_words
from freehold.domain.shares import InvalidShares, check_shares, split_equally
from freehold.inventory.errors import ClaimLapsed
from freehold.payments.models import PayLink, Payment
from freehold.payments.services.add_pay_link import LinkWish, add_pay_link
from freehold.payments.services.end_pay_links import end_pay_links


@dataclass(frozen=True, slots=True)
class Share:
    """What one person should pay; without an amount, as much as everybody else."""

    amount: Money | None = None
    payer_name: str = ""
    payer_email: str = ""


def split_payment(*, actor: Actor, booking_id: UUID | str, shares: Sequence[Share]) -> list[PayLink]:
    """A link for every share of what is still missing; shares that nobody has paid make way for these.

    Amounts are given for all, and sum exactly to what is missing, or for none. The booking is confirmed when all of it
    has come. What came by then stays on the folio, and goes back to everybody whole when the hold runs out. Raises
    NotFound, AccessDenied, BadInput with its field, ClaimLapsed, Conflict (`nothing_due`, `not_held`,
    `payment_in_progress` while somebody is paying a share, `too_many_links`, `verify_contact_first`), TooManyRequests.
    """
    found = find_booking(actor=actor, booking_id=booking_id, permission=SEND)
    for number, share in enumerate(shares):
        check_payer(share.payer_name, share.payer_email, attr=f"shares.{number}.")
    require_verified_sender(actor, found)
    count_mails(actor=actor, booking=found, addresses=[share.payer_email for share in shares])
    with transaction.atomic():
        folio, booking = lock_booking(found)
        state = reads_as(booking, at=clock.database_now())
        if state == BookingState.EXPIRED:
            raise ClaimLapsed
        deadline = booking.hold_expires_at
        if state not in HOLDING or deadline is None:
            raise Conflict("Only what a hold waits for is split. Send a link instead.", code="not_held")
        amounts = _amounts(require_payable(booking), shares)
        _refuse_while_paying(booking)
        refuse_too_many_ever(booking, more=len(shares))
        end_pay_links(folio_id=folio.pk, only_shares=True)
        return [
            add_pay_link(
                actor=actor,
                folio=folio,
                wish=LinkWish(
                    amount=amount,
                    label=f"Share {number} of {len(shares)}",
                    expires_at=deadline,
                    payer_name=plain_words(share.payer_name)[:MOST_NAME],
                    payer_email=share.payer_email.strip(),
                    is_share=True,
                ),
            )
            for number, (amount, share) in enumerate(zip(amounts, shares, strict=True), start=1)
        ]


def _amounts(missing: Money, shares: Sequence[Share]) -> Sequence[Money]:
    given = [share.amount for share in shares if share.amount is not None]
    try:
        if not given:
            return split_equally(missing, len(shares))
        if len(given) < len(shares):
            raise BadInput("Give an amount for every share, or for none.", code="some_amounts", attr="shares")
        if any(amount.currency != missing.currency for amount in given):
            raise BadInput(f"This booking is paid in {missing.currency}.", code="other_currency", attr="shares")
        check_shares(missing, given)
    except InvalidShares as error:
        raise BadInput(error.detail, code=error.code, attr="shares") from error
    return given


def _refuse_while_paying(booking: Booking) -> None:
    """Whose money is on its way keeps the share."""
    acted = (PaymentState.PROCESSING, PaymentState.AUTHORIZED)
    attempts = Payment.objects.company(booking.company_id).filter(folio_id=booking.folio_id, state__in=acted)
    if attempts.filter(link__is_share=True).exists():
        raise Conflict("Somebody is paying a share at this moment. Try again soon.", code="payment_in_progress")
