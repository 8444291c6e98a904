"""The stays API: accounts in cookies, listings that anybody reads and administrators write, one's own bookings."""

from typing import Any

from tests.factories import PASSWORD
from tests.permissions.matrix import Expectation, Row, everyone, members, owner, signed_in
from tests.permissions.world import World
from tests.support.booked import hold
from tests.support.stays import in_days

ACCOUNTS = "api/accounts/"
LISTINGS = "api/stay/listings/"
LISTING = f"{LISTINGS}<int:serial>/"
BOOKINGS = "api/stay/bookings/"
BOOKING = f"{BOOKINGS}<int:serial>/"


def new_person(world: World) -> dict[str, str]:
    return {"email": "new@example.com", "password": PASSWORD}


def credentials(world: World) -> dict[str, str]:
    return {"email": str(world.guest.email), "password": PASSWORD}


def a_place(world: World) -> dict[str, Any]:
    place = world.listing.property
    return {
        "title": "Blue house",
        "city": place.city,
        "country": place.country,
        "price_per_night": "90.00",
        "max_guests": 2,
        "company": world.company.slug,
    }


def a_stay(world: World) -> dict[str, Any]:
    dates = {"check_in": str(in_days(60)), "check_out": str(in_days(62))}
    return {"listing": world.listing.serial, **dates, "guests": 2}


def the_listing(world: World) -> str:
    return f"/{LISTINGS}{world.listing.serial}/"


def the_booking(world: World) -> str:
    booking = world.remember("stay", lambda w: hold(w.listing, booker=w.guest))
    booking.refresh_from_db()
    return f"/{BOOKINGS}{booking.serial}/"


def administrators(status: int, *, outsider: int) -> Expectation:
    """Who administers nothing is told so; what belongs to another company is not there."""
    company = members(host=status, staff=status, admin=status, superuser=status)
    return {**company, "guest": 403, "stranger": 403, "outsider": outsider}


ROWS = [
    Row(f"{ACCOUNTS}register/", "post", everyone(201), body=new_person),
    Row(f"{ACCOUNTS}token/", "post", everyone(200), body=credentials),
    Row(f"{ACCOUNTS}token/refresh/", "post", everyone(401)),
    Row(f"{ACCOUNTS}logout/", "post", everyone(200)),
    Row(f"{ACCOUNTS}me/", "get", signed_in(200)),
    Row(LISTINGS, "get", everyone(200)),
    # The outsider administers a company, but not the one that is named.
    Row(LISTINGS, "post", administrators(201, outsider=400), body=a_place),
    Row(LISTING, "get", everyone(200), path=the_listing),
    Row(LISTING, "put", administrators(200, outsider=404), path=the_listing, body=a_place),
    Row(LISTING, "delete", administrators(204, outsider=404), path=the_listing),
    Row(BOOKINGS, "get", signed_in(200)),
    Row(BOOKINGS, "post", signed_in(201), body=a_stay),
    Row(BOOKING, "get", owner(200, staff=200, superuser=200), path=the_booking),
    Row(BOOKING, "delete", owner(204, staff=204, superuser=204), path=the_booking),
]
