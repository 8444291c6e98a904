"""The rooms of a place are public; on which of them a booking is, its company's people know."""

from tests.permissions.matrix import Row, everyone, members
from tests.permissions.rows.bookings_and_payments import booking
from tests.permissions.world import World
from tests.support.stays import in_days


def units_path(world: World) -> str:
    return f"/api/v1/host/bookings/{booking(world).pk}/items/0/units/"


ROWS = [
    Row(
        "api/v1/properties/<slug:slug>/rooms/",
        "get",
        everyone(200),
        path=lambda w: (
            f"/api/v1/properties/{w.listing.property.slug}/rooms/?check_in={in_days(30)}&check_out={in_days(32)}"
        ),
    ),
    Row("resorts/<slug:slug>/", "get", everyone(200), path=lambda w: f"/resorts/{w.listing.property.slug}/"),
    Row(
        "resorts/<slug:slug>/rooms/",
        "get",
        everyone(200),
        path=lambda w: f"/resorts/{w.listing.property.slug}/rooms/",
    ),
    Row(
        "resorts/<slug:slug>/hold/",
        "post",
        everyone(422),
        path=lambda w: f"/resorts/{w.listing.property.slug}/hold/",
        is_form=True,
    ),
    Row(
        "api/v1/host/bookings/<uuid:booking_id>/items/<int:item>/units/",
        "get",
        members(host=200, staff=200, admin=200, superuser=200),
        path=units_path,
    ),
    Row(
        "api/v1/host/bookings/<uuid:booking_id>/items/<int:item>/units/",
        "post",
        members(host=200, staff=200, admin=200, superuser=200),
        path=units_path,
        body=lambda world: {"unit_id": str(world.listing.unit_id)},
    ),
]
