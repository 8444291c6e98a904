"""The demonstration: complete or absent, once per database, from the city's facts through every room's own services."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import connection

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.companies.models import Company, Membership, Role
from freehold.config.env import Mode
from freehold.core import clock
from freehold.distribution.airbnb.packs import PACKS_FOLDER, read_pack
from freehold.distribution.models import DemoLoad
from freehold.distribution.selectors import loaded_demo
from freehold.distribution.services.load_demo import (
    ADMIN_EMAIL,
    ADMIN_PASSWORD,
    GUEST_EMAIL,
    HOST_EMAIL,
    SOURCE_NAME,
    load_demo,
)
from freehold.inventory.models import Allocation, Claim, Purpose
from freehold.properties.models import Listing, Property, PropertyPicture
from freehold.reports.integrity import verify

pytestmark = pytest.mark.django_db


def quietly(step: str, done: int, total: int) -> None:
    """Nobody watches."""


@pytest.fixture
def small(db: None) -> None:
    load_demo(data="small", progress=quietly)


def test_every_place_of_the_pack_can_be_found_and_priced(small: None) -> None:
    pack = read_pack(PACKS_FOLDER / "small")
    listings = Listing.objects.published().filter(property__external_source=SOURCE_NAME)
    listings = listings.select_related("property", "rate_plan", "unit")
    by_source = {listing.property.external_id: listing for listing in listings}
    assert by_source.keys() == {record.source_id for record in pack.listings}
    for record in pack.listings:
        listing = by_source[record.source_id]
        assert listing.rate_plan.base_price_minor == record.price_minor
        assert listing.unit.max_guests == listing.max_guests == record.accommodates
        assert listing.property.neighbourhood == record.neighbourhood
        assert listing.property.latitude == pytest.approx(float(record.latitude))


def test_the_calendar_is_closed_exactly_where_the_source_was_from_today_on(small: None) -> None:
    pack, load = read_pack(PACKS_FOLDER / "small"), loaded_demo()
    assert load is not None
    claims = Claim.objects.system("test").filter(purpose=Purpose.EXTERNAL).select_related("listing__property")
    assert claims.count() == len(pack.blocks)
    assert Allocation.objects.filter(claim__purpose=Purpose.EXTERNAL).count() == len(pack.blocks)
    expected = {(block.source_id, block.on(load.day_zero).start, block.on(load.day_zero).end) for block in pack.blocks}
    zone = "America/New_York"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.external_id, (lower(a.period) AT TIME ZONE %s)::date, (upper(a.period) AT TIME ZONE %s)::date"
            " FROM inventory_allocation a JOIN properties_unit u ON u.id = a.unit_id"
            " JOIN properties_property p ON p.id = u.property_id"
            " JOIN inventory_claim c ON c.id = a.claim_id WHERE c.purpose = 'external'",
            [zone, zone],
        )
        assert set(cursor.fetchall()) == expected
    assert abs(load.day_zero - clock.now().date()) <= timedelta(days=1)


def test_the_accounts_of_the_demonstration_can_sign_in(small: None) -> None:
    assert authenticate(email=ADMIN_EMAIL, password=ADMIN_PASSWORD) == User.objects.get(email=ADMIN_EMAIL)
    admin, host, guest = (User.objects.get(email=email) for email in (ADMIN_EMAIL, HOST_EMAIL, GUEST_EMAIL))
    assert admin.is_superuser
    assert all(user.is_demo for user in (admin, host, guest))
    assert {membership.role for membership in Membership.objects.guest(host)} == {Role.HOST}
    assert Membership.objects.guest(admin).count() == Company.objects.count()
    assert not Membership.objects.guest(guest).exists()


def test_every_place_has_words_pictures_and_amenities(small: None) -> None:
    for place in Property.objects.published().prefetch_related("gallery", "amenities"):
        assert place.title
        assert place.description
        assert place.host_name
        assert 3 <= len(place.gallery.all()) <= 5
        assert place.amenities.exists()
    assert not PropertyPicture.objects.filter(alt="").exists()


def test_the_guest_has_two_trips_to_come_and_a_cancelled_one(small: None) -> None:
    guest = User.objects.get(email=GUEST_EMAIL)
    states = sorted(Booking.objects.guest(guest).values_list("state", flat=True))
    assert states == ["cancelled", "confirmed", "confirmed"]
    assert Listing.objects.published().filter(payment_terms="at_property").count() == 3 + 5


def test_who_lists_stays_newest_first_begins_with_those_that_are_confirmed_at_once(small: None) -> None:
    newest = Listing.objects.published().filter(mode="stay").order_by("-created_at")[:5]
    assert {listing.payment_terms for listing in newest} == {"at_property"}


@pytest.mark.django_db(transaction=True)
def test_a_loaded_demonstration_keeps_every_promise_of_the_platform() -> None:
    load_demo(data="small", progress=quietly)
    assert verify() == []


@pytest.mark.django_db(transaction=True)
def test_two_loaders_at_once_load_once() -> None:
    def load() -> None:
        try:
            load_demo(data="small", progress=quietly)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for loading in [pool.submit(load), pool.submit(load)]:
            loading.result()
    assert Property.objects.system("test").filter(external_source=SOURCE_NAME).count() == 60
    assert Property.objects.system("test").filter(slug="palm-grove-resort").count() == 1


def test_the_audit_trail_saw_every_imported_row_and_who_it_was(small: None) -> None:
    external = Claim.objects.system("test").filter(purpose=Purpose.EXTERNAL)
    for model, ids in ((Claim, external), (Listing, Listing.objects.published())):
        history = model.history.rel.related_model.objects.filter(pgh_obj_id__in=ids.values("pk"), pgh_label="insert")
        assert history.count() == ids.count() > 0
        contexts = set(history.values_list("pgh_context__metadata__actor", flat=True))
        assert contexts == {"system:demonstration data"}


def test_a_second_load_changes_nothing(small: None) -> None:
    before = (Listing.objects.system("test").count(), Company.objects.count(), DemoLoad.objects.get().loaded_at)
    load_demo(data="small", progress=quietly)
    load_demo(data="boston", progress=quietly)
    after = (Listing.objects.system("test").count(), Company.objects.count(), DemoLoad.objects.get().loaded_at)
    assert before == after


def test_a_load_that_fails_leaves_nothing() -> None:
    def stop(step: str, done: int, total: int) -> None:
        if step == "calendars":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_demo(data="small", progress=stop)
    assert loaded_demo() is None
    assert Company.objects.count() == Property.objects.system("test").count() == User.objects.count() == 0


def test_progress_counts_up_to_the_whole() -> None:
    heard: list[tuple[str, int, int]] = []
    load_demo(data="small", progress=lambda step, done, total: heard.append((step, done, total)))
    assert [done for _, done, _ in heard] == sorted(done for _, done, _ in heard)
    assert heard[-1] == ("done", 60, 60)


def test_production_refuses_the_published_passwords(settings: Any) -> None:
    settings.ENV = settings.ENV.model_copy(update={"mode": Mode.PRODUCTION})
    with pytest.raises(RuntimeError, match="production"):
        load_demo(data="small", progress=quietly)
    assert loaded_demo() is None
