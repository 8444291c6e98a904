"""The resort API: codes are for anybody, the rest for whoever is signed in, and an attempt for whoever made it."""

from typing import Any

from freehold.bookings.models import Booking
from freehold.properties.models import Listing
from tests.permissions.matrix import Row, everyone, owner, signed_in
from tests.permissions.rows.bookings_and_payments import booking
from tests.permissions.world import World
from tests.support.rooms import resort, rooms_of
from tests.support.stays import in_days

PHONE = {"phone_number": "9999988888"}


def place(world: World) -> Listing:
    listing: Listing = world.remember("resort", lambda w: resort(property__company=w.company))
    return listing


def dates() -> dict[str, str]:
    return {"check_in_date": str(in_days(30)), "check_out_date": str(in_days(33))}


def a_selection(world: World) -> dict[str, Any]:
    (room, *_rest) = rooms_of(place(world))
    return {"resort_id": place(world).property.serial, "room_ids": [room.serial], **dates(), "guests": 2}


def guests_of(world: World) -> dict[str, Any]:
    held: Booking = booking(world)
    guest = {"room_id": world.listing.unit.serial, "name": "Ann", "age": 30}
    return {"booking_attempt_id": held.serial, "guests": [guest]}


def search(world: World) -> str:
    return "/api/rooms/search/?location=Goa&guests=2&" + "&".join(f"{name}={day}" for name, day in dates().items())


ROWS = [
    Row("api/auth/otp/request/", "post", everyone(200), body=lambda world: PHONE),
    Row("api/auth/otp/verify/", "post", everyone(401), body=lambda world: {**PHONE, "otp": "123456"}),
    Row("api/auth/profile/update/", "post", signed_in(200), body=lambda world: {"name": "Ann Guest"}),
    Row("api/rooms/search/", "get", signed_in(200), path=search),
    Row("api/booking/select-rooms/", "post", signed_in(201), body=a_selection),
    Row("api/booking/add-guests/", "post", owner(200, staff=200, host=403, superuser=200), body=guests_of),
    # No Razorpay here: whoever may pay is told so.
    Row(
        "api/booking/initiate-payment/",
        "post",
        owner(400, staff=400, host=403, superuser=400),
        body=lambda world: {"booking_attempt_id": booking(world).serial},
    ),
    # A signature opens, and nobody's word.
    Row("api/booking/payment-callback/", "post", everyone(400)),
]
