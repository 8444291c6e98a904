"""From chosen rooms to a payment: the booking attempt of this API is a booking that is held."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.compat.resort.rooms import OUR_NAMES as DATES
from freehold.api.compat.resort.rooms import StayInput
from freehold.api.compat.resort.shapes import (
    CURRENCY,
    TAG,
    IdField,
    ResortEndpoint,
    answered,
    asked,
    fields_called,
    known,
    not_there_is,
)
from freehold.api.idempotency import idempotent
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictIntegerField, TextField
from freehold.bookings.selectors import booking_id_of
from freehold.bookings.services.hold_rooms import MOST_ROOMS, hold_rooms
from freehold.bookings.services.name_guests_by_room import RoomGuest, name_guests_by_room
from freehold.core.errors import BadInput, ErrorItem
from freehold.domain.party import MAX_ADULTS, MAX_CHILDREN
from freehold.properties.selectors import property_id_of, unit_ids_of

MAX_GUESTS = MAX_ADULTS + MAX_CHILDREN
MAX_AGE = 130
SELECTED = "Rooms selected successfully. Proceed to add guest details."
ADDED = "Guest details added successfully. Proceed to payment."
NO_ATTEMPT = "There is no such booking attempt."


class SelectInput(StayInput):
    resort_id = IdField()
    room_ids = serializers.ListField(child=IdField(), allow_empty=False, max_length=MOST_ROOMS)


class AttemptOutput(serializers.Serializer[Any]):
    message = serializers.CharField()
    booking_attempt_id = serializers.IntegerField()


class AttemptInput(serializers.Serializer[Any]):
    booking_attempt_id = IdField()


class GuestInput(serializers.Serializer[Any]):
    room_id = IdField()
    name = TextField(max_length=120)
    age = StrictIntegerField(min_value=0, max_value=MAX_AGE)


class GuestsInput(AttemptInput):
    guests = GuestInput(many=True, allow_empty=False, max_length=MAX_GUESTS)


class SelectRooms(ResortEndpoint):
    permission_classes = [SignedIn]
    throttle_scope = "hold"

    @extend_schema(
        operation_id="resort_select_rooms",
        request=SelectInput,
        responses={201: AttemptOutput},
        tags=[TAG],
        examples=[
            asked(
                "A room for two",
                {
                    "resort_id": 1,
                    "room_ids": [101],
                    "check_in_date": "2026-12-20",
                    "check_out_date": "2026-12-25",
                    "guests": 2,
                },
            ),
            answered("Held", {"message": SELECTED, "booking_attempt_id": 123}, status=201),
        ],
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Hold exactly these rooms of one resort for a quarter of an hour: all of them, or none (409).

        They seat the party together, with an adult in each.
        """
        wanted = self.body(SelectInput)
        with fields_called({**DATES, "unit_ids": "room_ids"}):
            booking = hold_rooms(
                actor=self.actor,
                property_id=known(property_id_of, wanted["resort_id"], "There is no such resort."),
                unit_ids=_units("room_ids", wanted["room_ids"], "The resort has no such room."),
                check_in=wanted["check_in_date"],
                check_out=wanted["check_out_date"],
                guests=wanted["guests"],
                currency=CURRENCY,
            )
        return Response({"message": SELECTED, "booking_attempt_id": booking.serial}, status=201)


class AddGuests(ResortEndpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="resort_add_guests",
        request=GuestsInput,
        responses=AttemptOutput,
        tags=[TAG],
        examples=[
            asked(
                "Two adults",
                {
                    "booking_attempt_id": 123,
                    "guests": [
                        {"room_id": 101, "name": "Alice", "age": 30},
                        {"room_id": 101, "name": "Bob", "age": 32},
                    ],
                },
            ),
            answered("Named", {"message": ADDED, "booking_attempt_id": 123}),
        ],
    )
    def post(self, request: Request) -> Response:
        """Say who sleeps in which room. What was said before is replaced.

        Until it is paid, the price follows the ages: who is below 18 is a child, by the resort's rules for children.
        """
        wanted = self.body(GuestsInput)
        guests = wanted["guests"]
        units = _units("guests", [guest["room_id"] for guest in guests], "This room is no part of the booking.")
        booking_id = known(booking_id_of, wanted["booking_attempt_id"], NO_ATTEMPT)
        named = [RoomGuest(unit_id, guest["name"], guest["age"]) for unit_id, guest in zip(units, guests, strict=True)]
        with not_there_is(NO_ATTEMPT):
            booking = name_guests_by_room(actor=self.actor, booking_id=booking_id, guests=named)
        return Response({"message": ADDED, "booking_attempt_id": booking.serial})


def _units(field: str, serials: list[int], detail: str) -> list[UUID]:
    """The ids of rooms that this API knows by numbers, in their order. Raises BadInput."""
    found = unit_ids_of(serials)
    if not found.keys() >= set(serials):
        raise BadInput.of([ErrorItem("unknown_room", detail, field)])
    return [found[serial] for serial in serials]


urlpatterns = [
    path("booking/select-rooms/", SelectRooms.as_view(), name="resort-select-rooms"),
    path("booking/add-guests/", AddGuests.as_view(), name="resort-add-guests"),
]
