"""Reductions and their credit notes: staff grant them, who sees money sees them, and their guest."""

from typing import Any

from freehold.bookings.models import Booking
from freehold.bookings.services.grant_reduction import grant_reduction
from freehold.core.actor import Actor
from freehold.domain.money import Money
from freehold.finance.models import CreditNote
from tests.permissions.matrix import Row, members, owner
from tests.permissions.rows.console import SIGN_IN
from tests.permissions.rows.console import people as at_the_desk
from tests.permissions.world import World
from tests.support.booked import confirmed


def stay(world: World) -> Booking:
    booking: Booking = world.remember("reduced stay", lambda w: confirmed(w.listing, booker=w.guest)[0])
    return booking


def note(world: World) -> CreditNote:
    def make(world: World) -> CreditNote:
        words = {"cause": "goodwill", "reason": "Cold.", "key": "matrix"}
        booking = stay(world)
        return grant_reduction(
            actor=Actor.system("matrix"), booking_id=booking.pk, amount=Money(100, booking.currency), **words
        )

    made: CreditNote = world.remember("credit note", make)
    return made


def api(world: World) -> str:
    return f"/api/v1/host/bookings/{stay(world).pk}/credit-notes/"


def document(head: str) -> Any:
    return lambda world: f"/{head}/{stay(world).reference}/credit-notes/{note(world).document_number}/"


REDUCTION = {"amount": {"amount": "1.00", "currency": "USD"}, "cause": "goodwill", "reason": "No hot water"}

ROWS = [
    Row(
        "api/v1/host/bookings/<uuid:booking_id>/credit-notes/",
        "get",
        {**members(host=200, staff=200, admin=200, superuser=200), "guest": 200},
        path=api,
    ),
    Row(
        "api/v1/host/bookings/<uuid:booking_id>/credit-notes/",
        "post",
        members(host=403, staff=201, admin=201, superuser=201),
        path=api,
        body=lambda world: REDUCTION,
    ),
    Row(
        "console/bookings/<slug:reference>/reductions/grant/",
        "post",
        at_the_desk(302, host=403),
        path=lambda world: f"/console/bookings/{stay(world).reference}/reductions/grant/",
        body=lambda world: {"amount": "1.00", "cause": "goodwill", "reason": "No hot water", "key": "desk"},
        is_form=True,
    ),
    Row(
        "console/bookings/<slug:reference>/credit-notes/<slug:number>/",
        "get",
        at_the_desk(200),
        path=document("console/bookings"),
    ),
    Row(
        "trips/<slug:reference>/credit-notes/<slug:number>/",
        "get",
        owner(200, anonymous=SIGN_IN),
        path=document("trips"),
    ),
]
