"""What the people of a company do with its bookings; the guest cannot answer in their place."""

from typing import Any

from freehold.bookings.models import Booking
from freehold.properties.models import Listing
from tests.permissions.matrix import Expectation, Row, members
from tests.permissions.world import World
from tests.support.booked import hold


def people(status: int) -> Expectation:
    return members(host=status, staff=status, admin=status, superuser=status)


def request(world: World) -> Booking:
    def ask(world: World) -> Booking:
        world.listing.acceptance = Listing.Acceptance.REQUEST
        world.listing.save(update_fields=["acceptance"])
        return hold(world.listing, booker=world.guest)

    asked: Booking = world.remember("request", ask)
    return asked


def at(suffix: str) -> Any:
    return lambda world: f"/api/v1/bookings/{request(world).pk}/{suffix}"


ROWS = [
    Row("api/v1/bookings/<uuid:booking_id>/accept/", "post", people(200), path=at("accept/")),
    Row("api/v1/bookings/<uuid:booking_id>/decline/", "post", people(200), path=at("decline/")),
]
