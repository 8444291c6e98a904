"""The rooms of a place that sells several, and where a booked item is put among them."""

from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import idempotent
from freehold.api.permissions import Anyone, SignedIn
from freehold.api.serializers import StrictDateField, StrictIntegerField, StrictSerializer
from freehold.api.views import Endpoint
from freehold.bookings.assigned import ItemUnits, item_units
from freehold.bookings.services.repin_item import repin_item
from freehold.domain.party import MAX_ADULTS, Party
from freehold.inventory.pinning import UnitForClaim
from freehold.inventory.rooms import Room, published_rooms, rooms_for_nights
from freehold.properties.selectors import facts_of


class RoomsInput(StrictSerializer):
    check_in = StrictDateField()
    check_out = StrictDateField()
    guests = StrictIntegerField(min_value=1, max_value=MAX_ADULTS, default=2, help_text="Adults.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["check_out"] <= attrs["check_in"]:
            raise serializers.ValidationError({"check_out": "The departure comes after the arrival."})
        return attrs


class RoomsView(Endpoint):
    permission_classes = [Anyone]

    @extend_schema(operation_id="properties_rooms", parameters=[RoomsInput], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, slug: str) -> Response:
        """What the place sells by the night, from small to large, with price and how many are left for these nights.

        Each `total` is for as many of the guests as that room takes (`guests`), with fees and taxes. Rooms that are
        made of one another (a suite, the whole house) share their space: `left` counts each by itself.
        """
        wanted = self.query(RoomsInput)
        place, plans = published_rooms(slug=slug)
        check_in, check_out = wanted["check_in"], wanted["check_out"]
        rooms = rooms_for_nights(plans=plans, check_in=check_in, check_out=check_out, party=Party(wanted["guests"]))
        return Response(
            {
                "property": {
                    "id": str(place.pk),
                    "slug": place.slug,
                    "title": place.title,
                    "time_zone": place.time_zone,
                    "check_in_time": place.check_in_time.strftime("%H:%M"),
                    "check_out_time": place.check_out_time.strftime("%H:%M"),
                    "max_guests": place.max_guests,
                },
                "check_in": wanted["check_in"].isoformat(),
                "check_out": wanted["check_out"].isoformat(),
                "rooms": [_room_answer(room) for room in rooms],
            }
        )


class RepinInput(StrictSerializer):
    unit_id = serializers.UUIDField(help_text="Where it goes.")
    instead_of = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="Which unit is given up; needed when it has several."
    )


class ItemUnitsView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="host_bookings_units", responses=OpenApiTypes.OBJECT, tags=["host"])
    def get(self, request: Request, booking_id: Any, item: int) -> Response:
        """On which units an item is (0 is the first), and all units of its place: free for its time or not."""
        return Response(_units_answer(item_units(actor=self.actor, booking_id=booking_id, item=item)))

    @extend_schema(operation_id="host_bookings_repin", request=RepinInput, responses=OpenApiTypes.OBJECT, tags=["host"])
    @idempotent()
    def post(self, request: Request, booking_id: Any, item: int) -> Response:
        """Put the item on another unit, for the same time and price. Taken: 409 with reasons, nothing changes."""
        moved = repin_item(actor=self.actor, booking_id=booking_id, item=item, **self.body(RepinInput))
        return Response(_units_answer(moved))


def _room_answer(room: Room) -> dict[str, Any]:
    listing, facts = room.listing, facts_of(room.listing)
    space = listing.unit or listing.unit_type
    return {
        "listing_id": str(listing.pk),
        "slug": listing.slug,
        "title": listing.title,
        "sells": "unit" if listing.unit else "unit_type" if listing.unit_type else "property",
        "name": space.name if space else listing.title,
        "description": listing.unit_type.description if listing.unit_type else "",
        "max_guests": facts.max_guests,
        "bedrooms": facts.bedrooms,
        "beds": facts.beds,
        "bathrooms": str(facts.bathrooms),
        "acceptance": listing.acceptance,
        "payment_terms": listing.payment_terms,
        "is_available": room.is_available,
        "left": room.left,
        "reasons": [reason.to_json() for reason in room.reasons],
        "guests": room.party.size,
        "nightly": room.price.nightly.to_json() if room.price else None,
        "total": room.price.total.to_json() if room.price else None,
    }


def _units_answer(units: ItemUnits) -> dict[str, Any]:
    assigned = {unit.id for unit in units.assigned}
    return {
        "assigned": [_unit_answer(unit) for unit in units.assigned],
        "units": [{**_unit_answer(unit), "is_free": unit.is_free and unit.id not in assigned} for unit in units.units],
    }


def _unit_answer(unit: UnitForClaim) -> dict[str, Any]:
    unit_type = {"id": str(unit.type_id), "name": unit.type_name} if unit.type_id else None
    return {"id": str(unit.id), "name": unit.name, "unit_type": unit_type, "max_guests": unit.max_guests}


urlpatterns = [
    path("properties/<slug:slug>/rooms/", RoomsView.as_view(), name="rooms"),
    path("host/bookings/<uuid:booking_id>/items/<int:item>/units/", ItemUnitsView.as_view(), name="host-booking-units"),
]
