"""Reads of bookings. A guest sees their own, a member of the company those of the company; others see nothing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Prefetch, Q, QuerySet, Subquery

from freehold.bookings.models import Booking, BookingChange, BookingItem
from freehold.companies.access import find_permitted
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.serials import BY_NUMBER, id_of
from freehold.domain.booking_states import CANCELLABLE, PROVISIONAL, BookingState
from freehold.domain.occasions import Nights, Occasion, Slot, When
from freehold.domain.periods import FOREVER
from freehold.payments.models import Payment

# A refusal asks this: see `own_holds`.
_OWN_CLAIMS = """
    SELECT item.claim_id
      FROM bookings_booking AS booking
      JOIN bookings_bookingitem AS item ON item.booking_id = booking.id
     WHERE booking.booker_id = %(booker)s AND booking.state = ANY(%(states)s) AND booking.hold_expires_at > %(moment)s
"""


def booking_id_of(serial: int) -> UUID | None:
    return id_of(Booking.objects.system(BY_NUMBER), serial)


def reads_as(booking: Booking, *, at: datetime | None = None) -> BookingState:
    """The booking's state as people see it: a hold or request whose time is over is expired, swept or not."""
    state, deadline = BookingState(booking.state), booking.hold_expires_at
    if state in PROVISIONAL and deadline is not None and deadline <= (at or clock.now()):
        return BookingState.EXPIRED
    return state


def may_be_cancelled(booking: Booking, *, at: datetime | None = None) -> bool:
    """Whether there is anything left to cancel: a live hold or request, or a stay that is not over.

    What lasts until cancelled can be cancelled by whoever has it, also once they are in.
    """
    moment = at or clock.now()
    state = reads_as(booking, at=moment)
    if state is BookingState.IN_HOUSE:
        return booking.ends_at >= FOREVER
    return state in CANCELLABLE and booking.ends_at > moment


def pending_change(booking: Booking, *, at: datetime) -> BookingChange | None:
    """The change that waits for its payment, while there is time for it."""
    return booking.changes.filter(state=BookingChange.State.PENDING, expires_at__gt=at).first()


def last_attempt(booking: Booking) -> int:
    """The number of the latest payment attempt, 0 before the first."""
    attempts = Payment.objects.system("attempts so far").filter(folio_id=booking.folio_id)
    return int(attempts.aggregate(last=Max("attempt"))["last"] or 0)


def find_booking(*, actor: Actor, booking_id: UUID | str, permission: str = "bookings.view") -> Booking:
    """The booking, if it is the actor's own or the actor's role in its company includes `permission`.

    Raises NotFound otherwise, and AccessDenied for a member whose role does not include it.
    """
    return find_permitted(actor=actor, model=Booking, pk=booking_id, permission=permission, own=True)


def booking_detail(*, actor: Actor, booking_id: UUID | str) -> Booking:
    """One booking with its items, listings, places, guests and payments at hand: no further query needed."""
    booking = find_booking(actor=actor, booking_id=booking_id)
    return with_details(Booking.objects.company(booking.company_id)).prefetch_related("changes").get(pk=booking.pk)


def trips(*, user: Any) -> QuerySet[Booking]:
    """The person's bookings with everything a list shows, newest arrival first."""
    return with_details(Booking.objects.guest(user)).order_by("-starts_at", "-id")


def own_stays(*, user: Any) -> QuerySet[Booking]:
    """Of these, the bookings of nights."""
    nights = BookingItem.objects.filter(booking_id=OuterRef("pk"), occasion=Occasion.NIGHTS)
    return trips(user=user).filter(Exists(nights))


def own_payments(*, user: Any) -> QuerySet[Payment]:
    """What this person paid, or tried to, for bookings, newest first.

    Each with `booking_serial` and `booking_reference`, the number and the reference of its booking.
    """
    of_folio = Booking.objects.system("whose payment it is").filter(folio_id=OuterRef("folio_id"))
    payments = Payment.objects.guest(user).filter(purpose=Payment.Purpose.CHARGE)
    named = payments.annotate(
        booking_serial=Subquery(of_folio.values("serial")[:1]),
        booking_reference=Subquery(of_folio.values("reference")[:1]),
    )
    return named.filter(booking_serial__isnull=False).order_by("-created_at", "-id")


def own_hold(*, user: Any, listing_id: UUID, when: When) -> Booking | None:
    """The live hold or request of this person on this listing that overlaps this time; of several the last one."""
    if not user.is_authenticated:
        return None
    items = BookingItem.objects.filter(_overlaps(when), listing_id=listing_id)
    holds = Booking.objects.guest(user).filter(
        state__in=PROVISIONAL, hold_expires_at__gt=clock.now(), pk__in=items.values("booking_id")
    )
    return holds.prefetch_related("items").order_by("-hold_expires_at", "-id").first()


def _overlaps(when: When) -> Q:
    match when:
        case Nights(check_in, check_out):
            nights = Q(check_in__lt=check_out) & (Q(check_out__gt=check_in) | Q(check_out=None))
            return nights & ~Q(occasion=Occasion.SLOT)
        case Slot(start_at, end_at):
            return Q(starts_at__lt=end_at, ends_at__gt=start_at)
    return Q(ends_at__gt=clock.now())


def own_claims(*, user: Any) -> set[UUID]:
    """The claims of this person's live holds and requests: to them, these are nobody else's."""
    if not user.is_authenticated:
        return set()
    facts = {"booker": user.pk, "states": [state.value for state in PROVISIONAL], "moment": clock.now()}
    with connection.cursor() as cursor:
        cursor.execute(_OWN_CLAIMS, facts)
        return {row[0] for row in cursor.fetchall()}


def with_details(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    """What pages and answers show of bookings, in a fixed number of queries."""
    items = (
        BookingItem.objects.select_related("listing", "listing__property")
        .prefetch_related("listing__property__gallery__picture", "guests")
        .order_by("position")
    )
    return bookings.select_related("company", "folio").prefetch_related(
        Prefetch("items", queryset=items), "folio__payments", "folio__refunds", "folio__receivables"
    )
