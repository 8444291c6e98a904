"""Reads of damage deposits, and the locks that come with them.

A deposit's folio is locked before its row. Where a booking is locked as well, that comes first: its folio, the booking,
then the deposit's folio and the deposit.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from freehold.bookings.models import Booking, DamageDeposit
from freehold.companies.access import find_permitted
from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.domain.booking_states import BookingState
from freehold.domain.deposits import OPEN, WANTED, DepositMethod, DepositState, ask_at, leave_from, renews_at, return_at
from freehold.domain.money import Money
from freehold.domain.periods import FOREVER
from freehold.finance.models import Folio
from freehold.finance.services.lock_folio import lock_folio

MANAGE = "payments.record"
STANDING = frozenset({BookingState.CONFIRMED, BookingState.IN_HOUSE})
FELL_THROUGH = frozenset({BookingState.CANCELLED, BookingState.NO_SHOW, BookingState.DECLINED, BookingState.EXPIRED})


def amount_of(deposit: DamageDeposit) -> Money:
    return Money(deposit.amount_minor, deposit.currency)


def departure_of(booking: Booking) -> datetime | None:
    """When the guest has left, or is to leave; None for a stay without an end."""
    left = booking.checked_out_at if booking.state == BookingState.COMPLETED else None
    end = min(left, booking.ends_at) if left is not None else booking.ends_at
    return None if end >= FOREVER else end


def returns_at(deposit: DamageDeposit) -> datetime | None:
    """When it goes back by itself, unless the host claims; None while the stay has no end."""
    left = departure_of(deposit.booking)
    return None if left is None else return_at(left, deposit.return_days)


def renews_from(deposit: DamageDeposit) -> datetime | None:
    """From when on it has to be held anew; None when what is held lasts."""
    if deposit.state != DepositState.HELD or deposit.method != DepositMethod.AUTHORIZATION:
        return None
    held_from = deposit.payment.authorized_at if deposit.payment is not None else None
    return renews_at(deposit.held_until, held_from=held_from, returned_at=returns_at(deposit))


def may_be_left(deposit: DamageDeposit, *, at: datetime) -> bool:
    """Whether the guest can leave it now: it is wanted soon, or has to be held anew, and the stay is not over."""
    booking = deposit.booking
    if booking.state not in STANDING:
        return False
    if deposit.state == DepositState.PLANNED:
        return left_from(deposit) <= at
    if deposit.state in WANTED:
        return True
    again = renews_from(deposit)
    return again is not None and again <= at


def asked_from(deposit: DamageDeposit) -> datetime:
    return ask_at(deposit.booking.starts_at, deposit.ask_days)


def left_from(deposit: DamageDeposit) -> datetime:
    return leave_from(deposit.booking.starts_at, deposit.ask_days)


def has_begun(deposit: DamageDeposit, *, at: datetime) -> bool:
    """Whether the guest can have damaged anything: the stay began, or they checked in before."""
    booking = deposit.booking
    return booking.starts_at <= at or booking.state in (BookingState.IN_HOUSE, BookingState.COMPLETED)


def find_deposit(*, actor: Actor, deposit_id: UUID | str, permission: str = "payments.view") -> DamageDeposit:
    """With its booking. Raises NotFound, AccessDenied."""
    found: DamageDeposit = find_permitted(actor=actor, model=DamageDeposit, pk=deposit_id, permission=permission)
    return with_booking(DamageDeposit.objects.company(found.company_id)).get(pk=found.pk)


def deposit_of(booking: Booking) -> DamageDeposit | None:
    """The booking's deposit, if one was agreed; whoever asks may see the booking."""
    return with_booking(DamageDeposit.objects.company(booking.company_id)).filter(booking_id=booking.pk).first()


def company_deposits(*, actor: Actor, company_id: UUID, state: str = "") -> QuerySet[DamageDeposit]:
    """Those of one state; else all that are open. The earliest arrival first. Raises NotFound, AccessDenied."""
    require(actor=actor, permission="payments.view", company_id=company_id)
    wanted = [state] if state else sorted(each.value for each in OPEN)
    found = with_booking(DamageDeposit.objects.company(company_id)).filter(state__in=wanted)
    return found.order_by("booking__starts_at", "id")


def with_booking(deposits: QuerySet[DamageDeposit]) -> QuerySet[DamageDeposit]:
    return deposits.select_related("booking", "booking__booker", "payment", "folio")


def lock_deposit(deposit_id: UUID) -> tuple[Folio, DamageDeposit]:
    """Locks the deposit's folio, then the deposit, and returns both as they are now. Needs a transaction."""
    folio_id = DamageDeposit.objects.system("lock").filter(pk=deposit_id).values_list("folio_id", flat=True).first()
    if folio_id is None:
        raise NotFound
    folio = lock_folio(folio_id)
    rows = DamageDeposit.objects.system("lock").select_related("booking", "payment")
    return folio, rows.select_for_update(of=("self",), no_key=True).get(pk=deposit_id)
