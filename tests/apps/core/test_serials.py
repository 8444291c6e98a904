"""Numbers beside the ids: whoever writes a row, and in whatever way, the database numbers it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from freehold.accounts.models import User
from freehold.accounts.selectors import user_id_of
from freehold.bookings.models import Booking
from freehold.bookings.selectors import booking_id_of
from freehold.core.copying import copy_rows
from freehold.core.ids import uuid7
from freehold.core.models import Numbered
from freehold.core.serials import continue_after, numbering
from freehold.payments.models import Payment
from freehold.payments.selectors import payment_id_of
from freehold.properties.models import Category, Listing, Property, Unit
from freehold.properties.selectors import category_id_of, listing_id_of, property_id_of, unit_id_of
from tests.factories import CategoryFactory, ListingFactory, UserFactory
from tests.support.booked import hold, open_attempt

pytestmark = pytest.mark.django_db

LOOK_UPS: dict[type[Any], Callable[[int], Any]] = {
    User: user_id_of,
    Category: category_id_of,
    Property: property_id_of,
    Listing: listing_id_of,
    Unit: unit_id_of,
    Booking: booking_id_of,
    Payment: payment_id_of,
}


def test_each_numbered_thing_is_found_by_its_number() -> None:
    assert set(Numbered.__subclasses__()) == set(LOOK_UPS)
    payment = open_attempt(hold(ListingFactory()))
    for model, id_of in LOOK_UPS.items():
        rows = model._base_manager.all()
        row = rows.first()
        assert row is not None
        assert id_of(row.serial) == row.pk
    assert payment_id_of(payment.serial) == payment.pk


@pytest.mark.parametrize("number", [0, -1, 999_999_999, 2**63, -(2**63) - 1, 10**40])
def test_a_number_that_is_nobodys_or_nobodys_ever_finds_nothing(number: int) -> None:
    hold(ListingFactory())
    assert [id_of(number) for id_of in LOOK_UPS.values()] == [None] * len(LOOK_UPS)


def test_who_makes_a_row_reads_its_number_at_once() -> None:
    one, two = UserFactory(), UserFactory()
    assert two.serial > one.serial
    three, four = Category.objects.bulk_create(
        [Category(name="A", slug="a", parent=None), Category(name="B", slug="b", parent=None)]
    )
    assert four.serial > three.serial


def test_a_booking_that_was_just_held_knows_its_number(django_assert_num_queries: Any) -> None:
    booking = hold(ListingFactory())
    with django_assert_num_queries(0):
        number = booking.serial
    assert booking_id_of(number) == booking.pk


def test_copied_rows_are_numbered() -> None:
    key, now = uuid7(), timezone.now()
    names = ("id", "created_at", "updated_at", "name", "slug", "position")
    copy_rows(Category, names, [(key, now, now, "Loft", "loft", 0)])
    assert category_id_of(Category.objects.get(pk=key).serial) == key


def test_a_number_is_given_once() -> None:
    one, two = CategoryFactory(), CategoryFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Category.objects.filter(pk=two.pk).update(serial=one.serial)


def test_a_change_of_anything_else_leaves_a_trace_and_the_number() -> None:
    listing = ListingFactory()
    before, entries = listing.serial, listing.history.count()
    listing.title = "Other"
    listing.save()
    listing.refresh_from_db()
    assert (listing.serial, listing.history.count()) == (before, entries + 1)


def test_numbers_that_were_brought_along_are_kept_and_never_given_again() -> None:
    brought = CategoryFactory(serial=CategoryFactory().serial + 3)
    continue_after(Category)
    given = [CategoryFactory().serial for _ in range(3)]
    assert given == [brought.serial + step for step in (1, 2, 3)]


def test_numbers_never_go_back() -> None:
    gone = CategoryFactory()
    number = gone.serial
    gone.delete()
    CategoryFactory(serial=number - 1)
    continue_after(Category)
    assert CategoryFactory().serial > number


def test_rows_that_are_there_are_numbered_in_the_order_of_their_making() -> None:
    [operation] = numbering("things", "thing")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE things_thing (id int PRIMARY KEY, created_at int, name text DEFAULT '')")
        cursor.execute("INSERT INTO things_thing VALUES (1, 30), (2, 10), (3, 20)")
        for statement in operation.database_operations[0].sql:
            cursor.execute(statement)
        cursor.execute("INSERT INTO things_thing (id) VALUES (4) RETURNING serial")
        assert cursor.fetchone() == (4,)
        cursor.execute("SELECT id FROM things_thing ORDER BY serial")
        assert [key for (key,) in cursor.fetchall()] == [2, 3, 1, 4]
        cursor.execute(operation.database_operations[0].reverse_sql)
        cursor.execute("SELECT to_regclass('things_thing_serial_seq')")
        assert cursor.fetchone() == (None,), "the sequence belongs to its column"


def test_an_empty_table_begins_at_one() -> None:
    [operation] = numbering("things", "thing")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE things_thing (id int PRIMARY KEY, created_at int)")
        for statement in operation.database_operations[0].sql:
            cursor.execute(statement)
        cursor.execute("INSERT INTO things_thing (id) VALUES (4) RETURNING serial")
        assert cursor.fetchone() == (1,)
