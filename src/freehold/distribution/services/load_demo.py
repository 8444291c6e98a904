"""Fill an empty home with a city: companies, places, prices, calendars, and accounts with a few trips to
look at them with.

One transaction, so that a demonstration is there completely or not at all, and at most once in a database.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

import pghistory
from django.db import connection, transaction
from django.utils.text import slugify

from freehold.accounts.models import User
from freehold.accounts.services.seed_demo_users import DemoUser, seed_demo_users
from freehold.companies.models import Role
from freehold.companies.services.add_member import add_member
from freehold.companies.services.create_company import create_company
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.distribution.airbnb.packs import PACKS_FOLDER, Pack, read_pack
from freehold.distribution.airbnb.records import ListingRecord
from freehold.distribution.composing.choices import Choices
from freehold.distribution.composing.descriptions import compose_description
from freehold.distribution.composing.people import EVERYBODY_ELSE, FIRMS_AVAILABLE, firm_name, host_first_name
from freehold.distribution.composing.prices import POLICIES, compose_prices
from freehold.distribution.composing.titles import compose_title
from freehold.distribution.models import DemoLoad
from freehold.distribution.pictures.gallery import PictureStock
from freehold.distribution.services.demo_bookings import DemoTrip, book_trips, choose_trips
from freehold.distribution.services.demo_showcase import LAST_FIRMS, load_showcase
from freehold.distribution.services.demo_taxes import taxes_of, taxes_of_place
from freehold.distribution.services.demo_words import define_words
from freehold.domain.periods import MAX_NIGHTS, Period, local_instant
from freehold.inventory.services.import_blocks import BlockToImport, import_blocks
from freehold.pricing.services.import_rate_plans import RatePlanToImport, define_terms, import_rate_plans
from freehold.properties.models import Listing
from freehold.properties.services.import_properties import ImportedPlace, PlaceToImport, import_properties

ADMIN_EMAIL, ADMIN_PASSWORD = "admin@example.com", "Admin123!"
HOST_EMAIL, HOST_PASSWORD = "host@example.com", "Host123!"
GUEST_EMAIL, GUEST_PASSWORD = "guest@example.com", "Guest123!"
SOURCE_NAME = "inside_airbnb"

# A host with fewer places than this trades together with everybody else.
_FEWEST_PLACES_OF_A_FIRM = 2
_ONLY_ONE_LOAD = 0x46484C44  # "FHLD": the advisory lock under which a demonstration is loaded
_CHECK_IN_TIMES = (time(14), time(15), time(15), time(16))
_CHECK_OUT_TIMES = (time(10), time(11), time(11), time(12))

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _Firms:
    """Company ids: of each host that has one of its own, largest first, and of everybody else."""

    own: Mapping[str, UUID]
    shared: UUID

    def of(self, host_id: str) -> UUID:
        return self.own.get(host_id, self.shared)

    def all(self) -> list[UUID]:
        return [*self.own.values(), self.shared]


def load_demo(*, data: str, progress: Progress) -> None:
    """Loads the pack named `data`, unless this database has a demonstration already (of whatever name).

    `progress` hears a step's name, how many listings' worth of work is done, and of how many. Raises
    RuntimeError in production, because of the published passwords, and UnreadableSource for a damaged pack.
    """
    if DemoLoad.objects.exists():
        return
    pack = read_pack(PACKS_FOLDER / data)
    actor = Actor.system("demonstration data")
    with transaction.atomic(), pghistory.context(actor=str(actor)):
        _wait_for_other_loaders()
        if DemoLoad.objects.exists():
            return
        _load(pack, data, actor, progress)
    progress("done", len(pack.listings), len(pack.listings))


def _wait_for_other_loaders() -> None:
    with connection.cursor() as cursor:
        # As long as the other one takes, which may be longer than requests wait for a lock.
        cursor.execute("SET LOCAL lock_timeout TO 0")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONLY_ONE_LOAD])
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


def _load(pack: Pack, data: str, actor: Actor, progress: Progress) -> None:
    """The steps, in the order in which one needs the other. Shares of the whole were measured."""
    total = len(pack.listings)
    progress("people", 0, total)
    firms = _open_firms(pack, actor)
    admin, host, guest = _seed_people(firms, actor)
    trips = choose_trips(pack)
    progress("places", total * 5 // 100, total)
    stock = PictureStock.load()
    define_words(actor=actor, stock=stock)
    # Before the city: lists that show the newest first begin with the city.
    load_showcase(actor=actor, stock=stock, admin=admin, host=host)
    for company_id in firms.all():
        define_terms(actor=actor, company_id=company_id, policies=POLICIES, taxes=taxes_of(pack.city))

    def price(places: Sequence[ImportedPlace]) -> None:
        progress("prices", total * 35 // 100, total)
        import_rate_plans(actor=actor, plans=_rate_plans(pack, places))

    places = import_properties(actor=actor, places=_places(pack, firms, stock, trips), before_listings=price)
    # Newest of all: who lists stays with the newest first begins with those that are confirmed at once.
    load_showcase(actor=actor, stock=stock, admin=admin, host=host, firms=LAST_FIRMS)
    progress("calendars", total * 50 // 100, total)
    now = clock.now()
    day_zero = now.astimezone(ZoneInfo(pack.city.time_zone)).date()
    import_blocks(actor=actor, blocks=_blocks(pack, places, day_zero), note="Taken on another channel")
    listing_ids = {place.external_id: place.listing_id for place in places}
    book_trips(guest=guest, trips=trips, listing_ids=listing_ids, day_zero=day_zero)
    DemoLoad.objects.create(
        id=1,
        data=data,
        source=pack.source,
        attribution=pack.attribution,
        day_zero=day_zero,
        listings=total,
        loaded_at=now,
    )
    # Foreign keys are checked when the transaction commits.
    progress("saving", total * 80 // 100, total)


def _open_firms(pack: Pack, actor: Actor) -> _Firms:
    sizes = Counter(record.host_id for record in pack.listings)
    largest = sorted(sizes, key=lambda host_id: (-sizes[host_id], host_id))[:FIRMS_AVAILABLE]
    own = {
        host_id: _open_firm(firm_name(rank), pack, actor)
        for rank, host_id in enumerate(largest)
        if sizes[host_id] >= _FEWEST_PLACES_OF_A_FIRM
    }
    return _Firms(own, _open_firm(EVERYBODY_ELSE, pack, actor))


def _open_firm(name: str, pack: Pack, actor: Actor) -> UUID:
    slug = slugify(name)
    company_id: UUID = create_company(
        actor=actor,
        name=name,
        slug=slug,
        currency=pack.city.currency,
        time_zone=pack.city.time_zone,
        email=f"{slug}@example.com",
    ).pk
    return company_id


def _seed_people(firms: _Firms, actor: Actor) -> tuple[User, User, User]:
    """An administrator of everything, a host in the largest firm, and a guest."""
    admin, host, guest = seed_demo_users(
        [
            DemoUser(
                email=ADMIN_EMAIL,
                password=ADMIN_PASSWORD,
                first_name="Alex",
                last_name="Admin",
                is_staff=True,
                is_superuser=True,
            ),
            DemoUser(email=HOST_EMAIL, password=HOST_PASSWORD, first_name="Harper", last_name="Host"),
            DemoUser(email=GUEST_EMAIL, password=GUEST_PASSWORD, first_name="Gale", last_name="Guest"),
        ]
    )
    for company_id in firms.all():
        add_member(actor=actor, company_id=company_id, user=admin, role=Role.ADMIN)
    add_member(actor=actor, company_id=firms.all()[0], user=host, role=Role.HOST)
    return admin, host, guest


def _places(pack: Pack, firms: _Firms, stock: PictureStock, trips: Sequence[DemoTrip]) -> Iterator[PlaceToImport]:
    paid_on_arrival = {trip.source_id for trip in trips}
    for record in pack.listings:
        choices = Choices(record.source_id)
        yield PlaceToImport(
            company_id=firms.of(record.host_id),
            external_source=SOURCE_NAME,
            external_id=record.source_id,
            category=record.category,
            title=compose_title(record, pack.city.name),
            description=compose_description(record, pack.city),
            neighbourhood=record.neighbourhood,
            city=pack.city.name,
            region=pack.city.region,
            country=pack.city.country,
            latitude=record.latitude,
            longitude=record.longitude,
            time_zone=pack.city.time_zone,
            check_in_time=choices.one_of("check-in", _CHECK_IN_TIMES),
            check_out_time=choices.one_of("check-out", _CHECK_OUT_TIMES),
            host_name=host_first_name(record.host_id),
            rating=record.rating,
            review_count=record.review_count,
            max_guests=record.accommodates,
            bedrooms=record.bedrooms,
            beds=record.beds,
            bathrooms=record.bathrooms,
            currency=record.currency,
            # A stay here has at most a year; two places of the source ask for more.
            min_nights=min(record.min_nights, MAX_NIGHTS),
            max_nights=min(record.max_nights or MAX_NIGHTS, MAX_NIGHTS),
            payment_terms=(
                Listing.PaymentTerms.AT_PROPERTY if record.source_id in paid_on_arrival else Listing.PaymentTerms.ONLINE
            ),
            amenities=record.amenities,
            gallery=[(picture.path, picture.alt) for picture in stock.choose_gallery(record)],
        )


def _rate_plans(pack: Pack, places: Sequence[ImportedPlace]) -> Iterator[RatePlanToImport]:
    for record, place in _pairs(pack, places):
        prices = compose_prices(record)
        yield RatePlanToImport(
            company_id=place.company_id,
            listing_id=place.listing_id,
            currency=record.currency,
            base_price_minor=record.price_minor,
            cancellation_policy=prices.policy.policy_name,
            included_guests=prices.included_guests,
            weekday_prices=prices.weekday_prices,
            stay_discounts=prices.stay_discounts,
            extra_guest_fee_minor=prices.extra_guest_fee_minor,
            cleaning_fee_minor=prices.cleaning_fee_minor,
            taxes=taxes_of_place(record, pack.city),
        )


def _blocks(pack: Pack, places: Sequence[ImportedPlace], day_zero: date) -> Iterator[BlockToImport]:
    """The calendar's closed nights from today on, as instants of each place's own check-in and check-out."""
    made = {place.external_id: place for place in places}
    instant = lru_cache(maxsize=4096)(local_instant)
    for block in pack.blocks:
        place, choices = made[block.source_id], Choices(block.source_id)
        nights = block.on(day_zero)
        check_in = choices.one_of("check-in", _CHECK_IN_TIMES)
        check_out = choices.one_of("check-out", _CHECK_OUT_TIMES)
        yield BlockToImport(
            company_id=place.company_id,
            listing_id=place.listing_id,
            unit_id=place.unit_id,
            period=Period(
                instant(nights.start, check_in, pack.city.time_zone),
                instant(nights.end, check_out, pack.city.time_zone),
            ),
            external_uid=f"{SOURCE_NAME}:{block.source_id}:{block.start_day}",
        )


def _pairs(pack: Pack, places: Sequence[ImportedPlace]) -> Iterator[tuple[ListingRecord, ImportedPlace]]:
    return zip(pack.listings, places, strict=True)
