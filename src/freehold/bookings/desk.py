"""What the people of a company see of its bookings: lists with filters, and the board of one day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from freehold.bookings.models import Booking, BookingItem, Guest
from freehold.bookings.selectors import with_details
from freehold.companies.models import Company
from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.domain.booking_states import PROVISIONAL, BookingState
from freehold.domain.periods import local_instant, time_zone

_STAYING = (BookingState.CONFIRMED, BookingState.IN_HOUSE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bookings: every given condition holds. `first` to `last` are the dates that the stay touches."""

    states: tuple[BookingState, ...] = ()
    listing_id: UUID | None = None
    first: date | None = None
    last: date | None = None
    words: str = ""


def company_bookings(*, actor: Actor, company_id: UUID | str, wanted: Wanted) -> QuerySet[Booking]:
    """The company's bookings with everything that a list shows, newest arrival first. Raises NotFound, AccessDenied."""
    found = _of_company(actor, company_id).filter(_in_states(wanted.states))
    items = BookingItem.objects.filter(booking=OuterRef("pk"))
    if wanted.listing_id is not None:
        found = found.filter(Exists(items.filter(listing_id=wanted.listing_id)))
    if wanted.first is not None:
        found = found.filter(Exists(items.filter(Q(check_out__gte=wanted.first) | Q(check_out=None))))
    if wanted.last is not None:
        found = found.filter(Exists(items.filter(check_in__lte=wanted.last)))
    for word in wanted.words.split():
        found = found.filter(_says(word))
    return found.order_by("-starts_at", "-id")


def company_booking(*, actor: Actor, company_id: UUID | str, reference: str) -> Booking | None:
    """One booking of the company by what people call it. Raises NotFound, AccessDenied."""
    return _of_company(actor, company_id).filter(reference=reference.upper()).first()


@dataclass(frozen=True, slots=True)
class Board:
    """One day at the desk. `waiting` are requests without an answer, the most urgent first, whatever their dates."""

    waiting: list[Booking]
    arrivals: list[Booking]
    departures: list[Booking]
    in_house: list[Booking]


def board_of_today(*, actor: Actor, company_id: UUID | str, limit: int = 100) -> Board:
    """Today by the company's clock. Who should have arrived before and was not checked in still counts as arriving.

    Raises NotFound, AccessDenied.
    """
    everything = _of_company(actor, company_id)
    start, end = _today(company_id)
    waiting = everything.filter(_in_states([BookingState.REQUESTED])).order_by("hold_expires_at")
    staying = everything.filter(state__in=_STAYING, starts_at__lt=end).order_by("starts_at", "id")[: limit * 3]
    arrivals, departures, in_house = [], [], []
    for booking in staying:
        is_here = booking.state == BookingState.IN_HOUSE
        if booking.ends_at < end and (is_here or booking.ends_at >= start):
            departures.append(booking)
        if is_here and booking.ends_at >= end:
            in_house.append(booking)
        if not is_here and booking.ends_at >= end:
            arrivals.append(booking)
    return Board(list(waiting[:limit]), arrivals[:limit], departures[:limit], in_house[:limit])


def busiest_company(company_ids: Iterable[UUID]) -> UUID | None:
    """Of these companies the one whose desk has something to do: the most urgent request, else who comes or goes next.

    None where nothing is going on. Whoever asks may see the bookings of all of them.
    """
    theirs = Booking.objects.system("which desk to open").filter(company_id__in=list(company_ids))
    waiting = theirs.filter(_in_states([BookingState.REQUESTED])).order_by("hold_expires_at")
    today = theirs.filter(state__in=_STAYING, starts_at__lt=clock.now() + timedelta(days=1)).order_by("starts_at")
    return waiting.values_list("company_id", flat=True).first() or today.values_list("company_id", flat=True).first()


def _today(company_id: UUID | str) -> tuple[datetime, datetime]:
    zone = Company.objects.values_list("time_zone", flat=True).get(pk=company_id)
    day = clock.now().astimezone(time_zone(zone)).date()
    return local_instant(day, time(), zone), local_instant(day + timedelta(days=1), time(), zone)


def _of_company(actor: Actor, company_id: UUID | str) -> QuerySet[Booking]:
    require(actor=actor, permission="bookings.view", company_id=company_id)
    return with_details(Booking.objects.company(company_id)).select_related("company", "folio", "booker")


def _in_states(states: Iterable[BookingState]) -> Q:
    """As people read the state: a hold or request whose time is over is expired, swept or not."""
    condition = Q()
    is_over = Q(hold_expires_at__lte=clock.now())
    for state in states:
        one = Q(state=state)
        if state in PROVISIONAL:
            one &= ~is_over
        if state is BookingState.EXPIRED:
            one |= Q(state__in=PROVISIONAL) & is_over
        condition |= one
    return condition


def _says(word: str) -> Q:
    named = Guest.objects.filter(booking=OuterRef("pk"), name__icontains=word)
    sold = BookingItem.objects.filter(booking=OuterRef("pk"), listing__title__icontains=word)
    booker = Q(booker__email__icontains=word) | Q(booker__first_name__icontains=word)
    return Q(reference__icontains=word) | booker | Q(booker__last_name__icontains=word) | Exists(named) | Exists(sold)
