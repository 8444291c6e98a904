"""Pay links of bookings: which there are, what can still be paid by one, and what a payer is shown."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from freehold.bookings.models import Booking
from freehold.bookings.selectors import find_booking, reads_as
from freehold.bookings.services.start_payment import OWING
from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.domain.booking_states import HOLDING, BookingState
from freehold.domain.money import Money
from freehold.domain.shares import LinkState, still_due
from freehold.finance.selectors import folio_balance
from freehold.payments.models import PayLink
from freehold.payments.pay_links import amount_of, find_link, links_of, state_of, with_money
from freehold.payments.selectors import held_money

SEND = "bookings.create_for_guest"
"""The permission of a company's people who send links; a booker needs none for their own booking."""


@dataclass(frozen=True, slots=True)
class Payable:
    """A link as its payer finds it. `amount` is what it asks for, `missing` what the booking needs now in all.

    `is_open`: it can be paid. `expires_at`: until when, as far as the link knows.
    """

    link: PayLink
    booking: Booking
    state: LinkState
    booking_state: BookingState
    amount: Money
    missing: Money

    @property
    def is_open(self) -> bool:
        return self.state is LinkState.OPEN and self.amount <= self.missing

    @property
    def may_pay_all(self) -> bool:
        """Whether this payer may take over what the others have not paid."""
        return self.is_open and self.link.is_share and self.missing > self.amount

    @property
    def expires_at(self) -> datetime:
        return self.link.expires_at


def booking_links(*, actor: Actor, booking_id: UUID | str, permission: str = "payments.view") -> list[PayLink]:
    """The links of one booking, the oldest first, with their money. Raises NotFound, AccessDenied."""
    booking = find_booking(actor=actor, booking_id=booking_id, permission=permission)
    return list(links_of(booking.folio_id))


def company_links(*, actor: Actor, company_id: UUID) -> QuerySet[PayLink]:
    """The company's links with their money, the newest first. Raises NotFound, AccessDenied."""
    require(actor=actor, permission="payments.view", company_id=company_id)
    return with_money(PayLink.objects.company(company_id)).order_by("-created_at", "-id")


def find_payable(token: str) -> Payable:
    """What is behind an address. Raises NotFound for one that nobody gave out."""
    link = find_link(token)
    booking = (
        Booking.objects.system("pay link").select_related("company", "booker").filter(folio_id=link.folio_id).first()
    )
    if booking is None:
        raise NotFound
    moment = clock.database_now()
    return Payable(
        link=link,
        booking=booking,
        state=state_of(link, at=moment),
        booking_state=reads_as(booking, at=moment),
        amount=amount_of(link),
        missing=missing_money(booking, at=moment),
    )


def missing_money(booking: Booking, *, at: datetime) -> Money:
    """What anybody may pay for the booking at this moment: the rest of what confirms a hold, else all that is owed.

    What a bank holds for it already is not asked for again.
    """
    state = reads_as(booking, at=at)
    nothing = Money.zero(booking.currency)
    if state not in HOLDING and state not in OWING:
        return nothing
    balance = folio_balance(booking.folio_id)
    held = held_money(folio_id=booking.folio_id) or nothing
    if state in OWING:
        return still_due(balance.owed, arrived=held)
    return still_due(Money(booking.due_now_minor, booking.currency), arrived=balance.settled + held)
