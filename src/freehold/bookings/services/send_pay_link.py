"""Ask somebody to pay for a booking by a link: a guest without an account, a firm, a friend."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking
from freehold.bookings.pay_links import SEND, missing_money
from freehold.bookings.selectors import find_booking, reads_as
from freehold.bookings.services.link_limits import count_mails, refuse_too_many_ever, require_verified_sender
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.domain.booking_states import HOLDING, BookingState
from freehold.domain.money import Money
from freehold.domain.plain_words import plain_words
from freehold.domain.shares import LinkState
from freehold.finance.models import Receivable
from freehold.inventory.errors import ClaimLapsed
from freehold.payments.models import PayLink
from freehold.payments.pay_links import links_of, state_of
from freehold.payments.selectors import held_money
from freehold.payments.services.add_pay_link import LinkWish, add_pay_link

LASTS = timedelta(days=7)
LONGEST = timedelta(days=90)
MOST_OPEN = 30
MOST_NAME, MOST_LABEL = 120, 120
USUAL_LABEL = "Payment for the booking"


def send_pay_link(
    *,
    actor: Actor,
    booking_id: UUID | str,
    amount: Money | None = None,
    receivable_id: UUID | None = None,
    label: str = "",
    payer_name: str = "",
    payer_email: str = "",
    expires_at: datetime | None = None,
) -> PayLink:
    """A link over `amount`, over what is open of one receivable, or over all that can be paid now.

    By a link for a hold comes a share of what confirms it, and it ends with the hold. Who has an address is written to.
    Raises NotFound, AccessDenied, BadInput with its field, ClaimLapsed, Conflict (`nothing_due`, `not_payable`,
    `too_many_links`, `verify_contact_first` where the company asks bookers for that), TooManyRequests.
    """
    found = find_booking(actor=actor, booking_id=booking_id, permission=SEND)
    check_payer(payer_name, payer_email)
    require_verified_sender(actor, found)
    count_mails(actor=actor, booking=found, addresses=[payer_email])
    with transaction.atomic():
        folio, booking = lock_booking(found)
        missing = require_payable(booking)
        receivable = _receivable(booking, receivable_id)
        asked = amount or (missing if receivable is None else min(_open_part(receivable), missing))
        _check_amount(asked, missing)
        _refuse_too_many(booking)
        refuse_too_many_ever(booking, more=1)
        is_held = reads_as(booking) in HOLDING
        wish = LinkWish(
            amount=asked,
            label=plain_words(label)[:MOST_LABEL] or (receivable.label if receivable is not None else USUAL_LABEL),
            expires_at=_until(booking, expires_at, is_held=is_held),
            payer_name=plain_words(payer_name)[:MOST_NAME],
            payer_email=payer_email.strip(),
            is_share=is_held,
            receivable=receivable,
        )
        return add_pay_link(actor=actor, folio=folio, wish=wish)


def require_payable(booking: Booking) -> Money:
    """What can be paid for the locked booking at this moment. Raises ClaimLapsed, Conflict."""
    moment = clock.database_now()
    state = reads_as(booking, at=moment)
    missing = missing_money(booking, at=moment)
    if missing.is_positive:
        return missing
    if state == BookingState.EXPIRED:
        raise ClaimLapsed
    if state in {BookingState.REQUESTED, BookingState.CANCELLED, BookingState.DECLINED}:
        raise Conflict(f"A booking that is {state} takes no payment.", code="not_payable")
    held = held_money(folio_id=booking.folio_id)
    reason = "Nothing is due on this booking." if held is None else f"A bank holds {held} for this booking already."
    raise Conflict(reason, code="nothing_due")


def check_payer(name: str, email: str, *, attr: str = "") -> None:
    """Raises BadInput for what is no name or no address; `attr` stands before the field's name."""
    if len(name.strip()) > MOST_NAME:
        raise BadInput("That name is too long.", code="too_long", attr=f"{attr}payer_name")
    if email.strip():
        try:
            validate_email(email.strip())
        except ValidationError as error:
            raise BadInput("That is no email address.", code="invalid_email", attr=f"{attr}payer_email") from error


def _receivable(booking: Booking, receivable_id: UUID | None) -> Receivable | None:
    if receivable_id is None:
        return None
    found = Receivable.objects.company(booking.company_id).filter(folio_id=booking.folio_id, pk=receivable_id).first()
    if found is None:
        raise BadInput("This booking owes no such amount.", code="no_such_receivable", attr="receivable_id")
    if not _open_part(found).minor:
        raise BadInput("Nothing of this is open any more.", code="nothing_due", attr="receivable_id")
    return found


def _open_part(receivable: Receivable) -> Money:
    rest = receivable.amount_minor - receivable.settled_minor - receivable.written_off_minor
    return Money(rest, receivable.folio.currency)


def _check_amount(asked: Money, missing: Money) -> None:
    if asked.currency != missing.currency:
        raise BadInput(f"This booking is paid in {missing.currency}.", code="other_currency", attr="amount")
    if not asked.is_positive:
        raise BadInput("A link asks for more than nothing.", code="amount_not_positive", attr="amount")
    if asked > missing:
        raise BadInput(f"No more than {missing} can be paid now.", code="more_than_due", attr="amount")


def _refuse_too_many(booking: Booking) -> None:
    moment = clock.now()
    if sum(state_of(link, at=moment) is LinkState.OPEN for link in links_of(booking.folio_id)) >= MOST_OPEN:
        raise Conflict("This booking has many open links. Take one of them back first.", code="too_many_links")


def _until(booking: Booking, wanted: datetime | None, *, is_held: bool) -> datetime:
    moment = clock.now()
    if is_held and booking.hold_expires_at is not None:
        return booking.hold_expires_at
    if wanted is None:
        return moment + LASTS
    if not moment < wanted <= moment + LONGEST:
        raise BadInput("A link lasts until some time within 90 days.", code="out_of_range", attr="expires_at")
    return wanted
