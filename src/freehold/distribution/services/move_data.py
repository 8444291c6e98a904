"""Move a business in from one of the older APIs: its people, places, bookings and money, all in one transaction.

Every row is taken whole or not at all, and what is not taken is reported, so that one bad row keeps nobody out. What
was taken is remembered: the same dump again changes nothing, and one that is newer brings what is new. A rehearsal does
everything, and takes it back at the end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pghistory
from django.db import connection, transaction

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.companies.models import Company
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied
from freehold.core.serials import continue_after
from freehold.distribution.composing.prices import FLEXIBLE, NON_REFUNDABLE
from freehold.distribution.moving import estate, resort, stays
from freehold.distribution.moving.bookings import Bookings, in_order
from freehold.distribution.moving.dumps import read_dump
from freehold.distribution.moving.facts import Kind, OldBusiness, OldPlace, Status
from freehold.distribution.moving.ground import Ground, find_ground
from freehold.distribution.moving.memory import Memory
from freehold.distribution.moving.numbers import Numbers
from freehold.distribution.moving.people import take_categories, take_people
from freehold.distribution.moving.places import Places
from freehold.distribution.moving.reading import Reader
from freehold.distribution.moving.report import MoveReport, Verdict
from freehold.distribution.services.import_words import ensure_amenities, ensure_vocabulary
from freehold.distribution.services.remember_imported import wait_for_other_imports
from freehold.domain.cancellation import CancellationTerms
from freehold.domain.occasions import UntilCancelled
from freehold.domain.periods import FOREVER, Period
from freehold.inventory.errors import Unavailable
from freehold.inventory.services.block_property import block_property
from freehold.payments.services.import_payment import NUMBERED as PAYMENTS
from freehold.pricing.selectors import company_terms
from freehold.pricing.services.import_rate_plans import ensure_policy
from freehold.properties.models import Category, Listing, Property, Unit

type Progress = Callable[[int, int], None]
"""Hears how many bookings are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Api:
    """One of the older APIs. `policy` is the nearest to how its bookings could be cancelled."""

    read: Callable[[Reader], OldBusiness]
    policy: CancellationTerms
    numbered_place: type[Property] | type[Listing]


APIS: dict[str, Api] = {
    estate.SOURCE: Api(estate.read_estate, NON_REFUNDABLE, Property),
    stays.SOURCE: Api(stays.read_stays, FLEXIBLE, Listing),
    resort.SOURCE: Api(resort.read_resort, FLEXIBLE, Property),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What is moved where. `policy` is a name of the company's, empty for the one of the API; `at` is a point, empty
    for the main city of the company's zone. `hold_for`: how long bookings that were not paid may still be."""

    api: str
    company: Company
    policy: str = ""
    country: str = ""
    at: str = ""
    hold_for: timedelta = timedelta(hours=24)
    is_rehearsal: bool = False


@dataclass(slots=True)
class Moved:
    """`pictures` are (property, its title, path in the old media folder) of places that are here."""

    pictures: list[tuple[UUID, str, str]] = field(default_factory=list)


def move_data(*, actor: Actor, path: Path, move: Move, report: MoveReport, progress: Progress) -> Moved:
    """For the system only. Raises UnreadableSource for a file that is no dump, BadInput for an option."""
    if not actor.is_system:
        raise AccessDenied("Only the system moves data.")
    report.is_dry_run = move.is_rehearsal
    api, company = APIS[move.api], move.company
    ground = find_ground(time_zone=company.time_zone, country=move.country, at=move.at)
    rows = read_dump(path, report)
    reader = Reader(rows, report, company.currency, ZoneInfo(company.time_zone), ground.country)
    business = api.read(reader)
    with pghistory.context(actor=str(actor)), transaction.atomic():
        moved = _Work(actor, move, api, ground, business, report, progress).run()
        with connection.cursor() as cursor:
            # What is checked at the end of a transaction is checked now: a rehearsal has no end.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        if move.is_rehearsal:
            transaction.set_rollback(True)
    return moved


@dataclass(slots=True)
class _Work:
    """One run."""

    actor: Actor
    move: Move
    api: Api
    ground: Ground
    business: OldBusiness
    report: MoveReport
    progress: Progress

    def run(self) -> Moved:
        company_id = self.move.company.pk
        wait_for_other_imports(company_id)
        memory = Memory(company_id, self.business.source, self.report)
        memory.load()
        # Before numbers are chosen, since our categories take some, too.
        if any(place.category_slug for place in self.business.places):
            ensure_vocabulary(actor=self.actor)
        else:
            ensure_amenities(actor=self.actor)
        numbers = self._numbers(memory)
        take_people(self.actor, self.business.people, memory, numbers)
        take_categories(self.actor, self.business.categories, memory, numbers)
        self._take_places(memory, numbers)
        self._take_bookings(memory, numbers)
        self._close_what_is_not_offered(memory)
        if not self.move.is_rehearsal:
            for model in (User, Category, Property, Unit, Listing, Booking, PAYMENTS):
                continue_after(model)
        return self._moved(memory)

    def _numbers(self, memory: Memory) -> Numbers:
        business, numbers = self.business, Numbers(memory, self.move.is_rehearsal)
        rooms = [unit for place in business.places for unit in place.units if unit.model != place.model]
        numbers.choose(Kind.PERSON, User, business.people)
        numbers.choose(Kind.CATEGORY, Category, business.categories)
        numbers.choose(Kind.PLACE, self.api.numbered_place, business.places)
        numbers.choose(Kind.UNIT, Unit, rooms)
        numbers.choose(Kind.BOOKING, Booking, business.bookings)
        payments = [payment for booking in business.bookings for payment in booking.payments]
        numbers.choose(Kind.PAYMENT, PAYMENTS, payments)
        return numbers

    def _take_places(self, memory: Memory, numbers: Numbers) -> None:
        name = self.move.policy or self.api.policy.policy_name
        company_id = self.move.company.pk
        ensure_policy(actor=self.actor, company_id=company_id, name=name, standard=self.api.policy)
        policies, _ = company_terms(actor=self.actor, company_id=company_id)
        places = Places(
            actor=self.actor,
            company=self.move.company,
            ground=self.ground,
            policy_id=next(policy.pk for policy in policies if policy.name == name),
            memory=memory,
            numbers=numbers,
            categories=dict(Category.objects.values_list("pk", "slug")),
        )
        places.learn_words(place for place in self.business.places if not memory.knows(Kind.PLACE, place))
        for place in self.business.places:
            for room in place.units:
                if room.model != place.model and memory.knows(Kind.UNIT, room):
                    memory.note_known(Kind.UNIT, room)
            memory.take(Kind.PLACE, place, lambda place=place: places.make(place))  # type: ignore[misc]

    def _take_bookings(self, memory: Memory, numbers: Numbers) -> None:
        bookings = Bookings(
            actor=self.actor,
            company_id=self.move.company.pk,
            memory=memory,
            numbers=numbers,
            places={place.key: place for place in self.business.places},
            now=clock.database_now(),
            hold_for=self.move.hold_for,
        )
        bookings.load_listings()
        ordered = in_order(self.business.bookings)
        for done, booking in enumerate(ordered, start=1):
            bookings.take(booking)
            self.progress(done, len(ordered))

    def _close_what_is_not_offered(self, memory: Memory) -> None:
        """What was switched off there, and not by a booking that is here, is closed until somebody opens it."""
        now = clock.database_now().replace(microsecond=0)
        given_away = {
            booking.place
            for booking in self.business.bookings
            if isinstance(booking.when, UntilCancelled) and booking.status is not Status.CANCELLED
        }
        for place in self.business.places:
            is_new = (Kind.PLACE, place.key) in memory.new
            if is_new and not place.is_available and place.key not in given_away:
                self._close(place, memory.ids[Kind.PLACE, place.key], Period(now, FOREVER))

    def _close(self, place: OldPlace, place_id: UUID, period: Period) -> None:
        words = "it was not on offer: it is closed until you open it"
        try:
            block_property(actor=self.actor, property_id=place_id, period=period, note="Not on offer before the move")
        except Unavailable:
            words = "it was not on offer, and cannot be closed, since something of it is booked"
        self.report.say(Verdict.NOTICED, place.model, place.key, words)

    def _moved(self, memory: Memory) -> Moved:
        here = [(memory.ids.get((Kind.PLACE, place.key)), place) for place in self.business.places]
        return Moved(
            [
                (place_id, place.title, picture)
                for place_id, place in here
                if place_id is not None
                for picture in place.pictures
            ]
        )
