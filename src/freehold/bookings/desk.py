"""What the people of a company see of its bookings: lists with filters, and the board of one day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import DateField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery

from freehold.bookings.models import Booking, BookingItem, Guest
from freehold.bookings.selectors import with_details
from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.clock import DatabaseNow
from freehold.domain.booking_states import PROVISIONAL, BookingState

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
class Section:
    """A part of the board: the `bookings` to show, of `count` in all."""

    bookings: list[Booking]
    count: int


@dataclass(frozen=True, slots=True)
class Board:
    """One day at the desk. `waiting` are requests without an answer, the most urgent first, whatever their dates."""

    waiting: Section
    arrivals: Section
    departures: Section
    in_house: Section


class _DateThere(Func):
    """The date of an instant by the clock of a zone: `_DateThere(instant, zone)`."""

    template = "((%(expressions)s)::date)"
    arg_joiner = " AT TIME ZONE "
    output_field = DateField()


def board_of_today(*, actor: Actor, company_id: UUID | str, shown: int = 25) -> Board:
    """Today by the clock of each place, at most so many of each section. Eight queries, however much there is.

    Who should have arrived before and was not checked in still counts as arriving. Raises NotFound, AccessDenied.
    """
    everything = _of_company(actor, company_id)
    sections = _sections(Booking.objects.company(company_id))
    keys = {name: list(found.values_list("pk", flat=True)[:shown]) for name, found in sections.items()}
    counts = {name: len(pks) if len(pks) < shown else sections[name].count() for name, pks in keys.items()}
    bookings = everything.in_bulk([pk for pks in keys.values() for pk in pks])
    return Board(**{name: Section([bookings[pk] for pk in pks], counts[name]) for name, pks in keys.items()})


def _sections(bookings: QuerySet[Booking]) -> dict[str, QuerySet[Booking]]:
    """What stands in each section, in its order."""
    items = BookingItem.objects.filter(booking=OuterRef("pk")).order_by("position")
    there = Subquery(items.values("listing__property__time_zone")[:1])
    # Nowhere is a day further ahead of UTC than this: what begins later is nobody's today.
    staying = (
        bookings.filter(state__in=_STAYING, starts_at__lt=clock.now() + timedelta(days=2))
        .annotate(
            today=_DateThere(DatabaseNow(), there),
            first_day=_DateThere("starts_at", there),
            last_day=_DateThere("ends_at", there),
        )
        .filter(first_day__lte=F("today"))
        .order_by("starts_at", "id")
    )
    is_here = Q(state=BookingState.IN_HOUSE)
    begins_today, ends_today = Q(first_day=F("today")), Q(last_day=F("today"))
    goes_on = Q(last_day__gt=F("today"))
    return {
        "waiting": bookings.filter(_in_states([BookingState.REQUESTED])).order_by("hold_expires_at"),
        # What begins and ends on one day arrives first.
        "arrivals": staying.filter(~is_here & (goes_on | (begins_today & ends_today))),
        "departures": staying.filter((is_here & ~goes_on) | (~is_here & ends_today & ~begins_today)),
        "in_house": staying.filter(is_here & goes_on),
    }


def busiest_company(company_ids: Iterable[UUID]) -> UUID | None:
    """Of these companies the one whose desk has something to do: the most urgent request, else who comes or goes next.

    None where nothing is going on. Whoever asks may see the bookings of all of them.
    """
    theirs = Booking.objects.system("which desk to open").filter(company_id__in=list(company_ids))
    waiting = theirs.filter(_in_states([BookingState.REQUESTED])).order_by("hold_expires_at")
    today = theirs.filter(state__in=_STAYING, starts_at__lt=clock.now() + timedelta(days=1)).order_by("starts_at")
    return waiting.values_list("company_id", flat=True).first() or today.values_list("company_id", flat=True).first()


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
