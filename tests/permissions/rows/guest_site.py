"""The pages: what is published is everybody's; a checkout is its booker's, and the desk's as far as the role goes."""

from collections.abc import Callable
from typing import Any

from tests.permissions.matrix import Expectation, Row, everyone, owner
from tests.permissions.rows.bookings_and_payments import booking
from tests.permissions.world import World
from tests.support.stays import in_days

# Who is not signed in is sent to the sign-in page and back.
SIGN_IN = 302


def place(suffix: str = "") -> Callable[[World], str]:
    return lambda world: f"/places/{world.listing.slug}/{suffix}"


def checkout(suffix: str = "") -> Callable[[World], str]:
    return lambda world: f"/book/{booking(world).pk}/{suffix}"


def trip(suffix: str = "") -> Callable[[World], str]:
    return lambda world: f"/trips/{booking(world).reference}/{suffix}"


def booker(status: int) -> Expectation:
    """The booker, and people of the company who may see the booking."""
    return owner(status, staff=status, superuser=status, anonymous=SIGN_IN)


def booker_or_desk(status: int) -> Expectation:
    """The booker, and people of the company whose role includes booking for a guest."""
    return owner(status, staff=status, host=403, superuser=status, anonymous=SIGN_IN)


def booker_only(status: int) -> Expectation:
    return owner(status, anonymous=SIGN_IN)


def a_wish(world: World) -> dict[str, Any]:
    return {"place": world.listing.slug, "check_in": in_days(30), "check_out": in_days(33), "adults": 2}


OPEN = [
    Row("", "get", everyone(200)),
    Row("search/", "get", everyone(200)),
    Row("search/suggest/", "get", everyone(200)),
    Row("search/card/", "get", everyone(200), path=lambda world: f"/search/card/?listing={world.listing.pk}"),
    Row("for-sale/", "get", everyone(200)),
    Row("places/<slug:slug>/", "get", everyone(200), path=place()),
    Row("places/<slug:slug>/price/", "get", everyone(200), path=place("price/")),
    Row("places/<slug:slug>/calendar/", "get", everyone(200), path=place("calendar/")),
    Row("places/<slug:slug>/similar/", "get", everyone(200), path=place("similar/")),
    Row("places/<slug:slug>/instead/", "get", everyone(200), path=place("instead/")),
    # A price that was not seen is shown again; nobody signs in for another.
    Row("hold/", "post", everyone(302), body=a_wish, is_form=True),
    Row("media/pictures/<str:name>", "get", everyone(404), path=lambda world: "/media/pictures/secret.txt"),
    Row("dev/clock/", "get", everyone(200)),
    Row("dev/clock/", "post", everyone(422)),
    Row("dev/clock.json", "get", everyone(200)),
    Row("dev/clock.json", "post", everyone(400)),
    Row("dev/mailbox/", "get", everyone(200)),
    Row("dev/mailbox.json", "get", everyone(200)),
]

CHECKOUT = [
    Row("book/<uuid:booking_id>/", "get", booker(302), path=checkout()),
    Row("book/<uuid:booking_id>/guests/", "get", booker(200), path=checkout("guests/")),
    Row("book/<uuid:booking_id>/guests/", "post", booker(422), path=checkout("guests/"), is_form=True),
    Row("book/<uuid:booking_id>/review/", "get", booker(302), path=checkout("review/")),
    Row("book/<uuid:booking_id>/pay/", "get", booker(302), path=checkout("pay/")),
    Row("book/<uuid:booking_id>/pay/", "post", booker(302), path=checkout("pay/"), is_form=True),
    Row("book/<uuid:booking_id>/extend/", "post", booker_or_desk(302), path=checkout("extend/"), is_form=True),
    Row("book/<uuid:booking_id>/returned/", "get", booker(302), path=checkout("returned/")),
    Row("book/<uuid:booking_id>/returned/", "post", booker(302), path=checkout("returned/"), is_form=True),
    Row("book/<uuid:booking_id>/paying/", "get", booker(302), path=checkout("paying/")),
]

TRIPS = [
    Row("trips/", "get", {**everyone(200), "anonymous": SIGN_IN}),
    Row("trips/<slug:reference>/", "get", booker_only(200), path=trip()),
    Row("trips/<slug:reference>/confirmed/", "get", booker_only(302), path=trip("confirmed/")),
    # Not confirmed yet: there is nothing to write into a calendar.
    Row("trips/<slug:reference>/calendar.ics", "get", booker_only(404), path=trip("calendar.ics")),
    # A mere hold is given up by letting it lapse.
    Row("trips/<slug:reference>/cancel/", "get", booker_only(302), path=trip("cancel/")),
    # It is held, not confirmed: there is nothing to change by these pages.
    Row("trips/<slug:reference>/change/", "get", booker_only(302), path=trip("change/")),
    Row("trips/<slug:reference>/change/", "post", booker_only(302), path=trip("change/"), is_form=True),
    Row("trips/<slug:reference>/change/pay/", "get", booker_only(302), path=trip("change/pay/")),
    Row("trips/<slug:reference>/change/pay/", "post", booker_only(302), path=trip("change/pay/"), is_form=True),
    Row("trips/<slug:reference>/cancel/", "post", booker_only(302), path=trip("cancel/"), is_form=True),
]

ROWS = OPEN + CHECKOUT + TRIPS
