"""What the people of a company do with its bookings; the guest cannot answer in their place."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from freehold.bookings.models import Booking
from freehold.bookings.services.check_in_booking import check_in_booking
from freehold.bookings.services.check_out_booking import check_out_booking
from freehold.core import clock
from freehold.core.actor import Actor
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


def stay(world: World) -> Booking:
    """A stay whose day of arrival is today, or over."""

    def arrive(world: World) -> Booking:
        world.listing.payment_terms = Listing.PaymentTerms.AT_PROPERTY
        world.listing.save(update_fields=["payment_terms"])
        booking = hold(world.listing, booker=world.guest, arrive_in=2)
        clock.move(booking.starts_at + timedelta(hours=12) - clock.database_now())
        return booking

    arrived: Booking = world.remember("arrived", arrive)
    return arrived


def desk(step: str, *done: Callable[..., Any]) -> Row:
    """`done`: what was done before."""

    def path(world: World) -> str:
        for service in done:
            service(actor=Actor.system("test"), booking_id=stay(world).pk)
        return f"/api/v1/host/bookings/{stay(world).pk}/{step}/"

    return Row(f"api/v1/host/bookings/<uuid:booking_id>/{step}/", "post", people(200), path=path)


def at(suffix: str) -> Any:
    return lambda world: f"/api/v1/bookings/{request(world).pk}/{suffix}"


ROWS = [
    Row("api/v1/bookings/<uuid:booking_id>/accept/", "post", people(200), path=at("accept/")),
    Row("api/v1/bookings/<uuid:booking_id>/decline/", "post", people(200), path=at("decline/")),
    Row(
        "api/v1/host/bookings/",
        "get",
        people(200),
        path=lambda world: f"/api/v1/host/bookings/?company_id={world.company.pk}",
    ),
    desk("check-in"),
    desk("undo-check-in", check_in_booking),
    desk("check-out", check_in_booking),
    desk("undo-check-out", check_in_booking, check_out_booking),
    desk("no-show"),
]
