"""The house that the replayed bookings are made in: one company, a property per hotel, rooms of each type."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from uuid import UUID

from django.db import transaction

from freehold.accounts.models import User
from freehold.accounts.services.seed_demo_users import DemoUser, seed_demo_users
from freehold.companies.services.create_company import create_company
from freehold.core.actor import Actor
from freehold.distribution.replay.rows import HotelBooking, Terms
from freehold.pricing.services.define_terms import define_cancellation_policy
from freehold.pricing.services.offer_listing import offer_listing
from freehold.pricing.services.set_rate_plan import RatePlanFacts, set_rate_plan
from freehold.properties.models import Listing, Property
from freehold.properties.services.define_vocabulary import CategoryWord, define_categories
from freehold.properties.services.save_listing import create_listing
from freehold.properties.services.save_property import create_property
from freehold.properties.services.save_unit import create_unit, create_unit_type
from freehold.properties.types import ListingFacts, PlaceFacts, UnitFacts

CURRENCY = "EUR"
TIME_ZONE = "Europe/Lisbon"
CATEGORY = "resorts"
LARGEST_PARTY = 120
# Where the two hotels of the data are: in the Algarve and in Lisbon.
_PLACES = {"Resort Hotel": ("Portimão", 37.1194, -8.5370), "City Hotel": ("Lisbon", 38.7223, -9.1393)}
_ANYWHERE = ("Lisbon", 38.7169, -9.1399)
_PAYMENT = {
    Terms.AT_PROPERTY: Listing.PaymentTerms.AT_PROPERTY,
    Terms.NON_REFUNDABLE: Listing.PaymentTerms.ONLINE,
    Terms.REFUNDABLE: Listing.PaymentTerms.ONLINE,
}


@dataclass(slots=True)
class Resort:
    """`listings` by hotel, room type, terms and lane; `rooms_of` a hotel and type; `bookers` by market segment.

    All lanes sell the same rooms. Each has listings of its own, because each booking sets the price that it paid.
    """

    actor: Actor
    company_id: UUID
    policies: Mapping[Terms, UUID]
    lanes: int = 1
    listings: dict[tuple[str, str, Terms, int], UUID] = field(default_factory=dict)
    rooms_of: dict[tuple[str, str], frozenset[UUID]] = field(default_factory=dict)
    bookers: dict[str, Actor] = field(default_factory=dict)
    _rates: dict[UUID, int] = field(default_factory=dict)

    def lane_of(self, row: HotelBooking) -> int:
        """By turns: what is booked together, a group's rooms, is spread evenly."""
        return row.row % self.lanes

    def listing_of(self, row: HotelBooking) -> UUID:
        return self.listings[row.hotel, row.room_type, row.terms, self.lane_of(row)]

    @property
    def room_count(self) -> int:
        return sum(len(rooms) for rooms in self.rooms_of.values())

    def charge(self, row: HotelBooking) -> None:
        """The price of today's bookings changes all the time: this room costs what this booking paid."""
        listing_id = self.listing_of(row)
        if self._rates.get(listing_id) == row.rate_minor:
            return
        facts = RatePlanFacts(
            base_price_minor=row.rate_minor,
            cancellation_policy_id=self.policies[row.terms],
            included_guests=LARGEST_PARTY,
        )
        set_rate_plan(actor=self.actor, listing_id=listing_id, facts=facts)
        self._rates[listing_id] = row.rate_minor

    def booker_of(self, row: HotelBooking) -> Actor:
        """One customer per market segment: the data knows no names."""
        return self.bookers[row.segment]


def open_resort(*, rooms: Mapping[tuple[str, str], int], segments: set[str], lanes: int) -> Resort:
    """Builds the house with `rooms` of each (hotel, room type), all through the services of a host."""
    actor = Actor.system("replay of hotel bookings")
    with transaction.atomic():
        define_categories(actor=actor, words=[CategoryWord(CATEGORY, "Resorts")])
        company = create_company(actor=actor, name="Replay Resort", currency=CURRENCY, time_zone=TIME_ZONE)
        resort = Resort(actor, company.pk, _policies(actor, company.pk), lanes, bookers=_bookers(segments))
        for hotel in sorted({hotel for hotel, _ in rooms}):
            place = _open_hotel(actor, company.pk, hotel)
            for (of, room_type), count in sorted(rooms.items()):
                if of == hotel:
                    _add_rooms(resort, place, hotel, room_type, count)
    return resort


def _policies(actor: Actor, company_id: UUID) -> dict[Terms, UUID]:
    tiers = {Terms.AT_PROPERTY: [(24, 10_000)], Terms.NON_REFUNDABLE: [], Terms.REFUNDABLE: [(24, 10_000)]}
    return {
        terms: define_cancellation_policy(actor=actor, company_id=company_id, name=terms.value, tiers=steps).pk
        for terms, steps in tiers.items()
    }


def _bookers(segments: set[str]) -> dict[str, Actor]:
    names = sorted(segments)
    people = [
        DemoUser(email=f"segment-{number}@example.com", password="Replay123!", first_name=name)  # noqa: S106
        for number, name in enumerate(names)
    ]
    users: list[User] = seed_demo_users(people)
    return {name: Actor.of(user) for name, user in zip(names, users, strict=True)}


def _open_hotel(actor: Actor, company_id: UUID, hotel: str) -> Property:
    city, latitude, longitude = _PLACES.get(hotel, _ANYWHERE)
    facts = PlaceFacts(
        title=hotel,
        category=CATEGORY,
        city=city,
        country="PT",
        latitude=latitude,
        longitude=longitude,
        time_zone=TIME_ZONE,
    )
    return create_property(actor=actor, company_id=company_id, facts=facts)


def _add_rooms(resort: Resort, place: Property, hotel: str, room_type: str, count: int) -> None:
    actor = resort.actor
    name = f"Room {room_type}"
    kind = create_unit_type(actor=actor, property_id=place.pk, facts=UnitFacts(name=name, max_guests=LARGEST_PARTY))
    numbered = (
        UnitFacts(name=f"{room_type}{number:03}", max_guests=LARGEST_PARTY, unit_type_id=kind.pk)
        for number in range(1, count + 1)
    )
    rooms = frozenset(create_unit(actor=actor, property_id=place.pk, facts=facts).pk for facts in numbered)
    resort.rooms_of[hotel, room_type] = rooms
    for terms, lane in product(Terms, range(resort.lanes)):
        facts_of_listing = ListingFacts(
            title=f"{hotel}, {name}, {terms.value}",
            currency=CURRENCY,
            max_guests=LARGEST_PARTY,
            unit_type_id=kind.pk,
            payment_terms=_PAYMENT[terms],
            booking_window_days=1000,
        )
        listing = create_listing(actor=actor, property_id=place.pk, facts=facts_of_listing)
        plan = RatePlanFacts(base_price_minor=10_000, cancellation_policy_id=resort.policies[terms])
        set_rate_plan(actor=actor, listing_id=listing.pk, facts=plan)
        offer_listing(actor=actor, listing_id=listing.pk)
        resort.listings[hotel, room_type, terms, lane] = listing.pk
