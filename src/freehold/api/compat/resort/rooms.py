"""Resorts with rooms that are free."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.compat.resort.shapes import CURRENCY, TAG, ResortEndpoint, answered, fields_called, rupees
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictDateField, StrictIntegerField, TextField
from freehold.domain.party import MAX_ADULTS
from freehold.inventory.numbered_rooms import NumberedRoom, PlaceWithRooms, find_free_rooms
from freehold.properties.selectors import picture_url

MAX_LOCATION = 100
MAX_PAGE = 1_000
PICTURE_WIDTH = 1_600
OUR_NAMES = {"check_in": "check_in_date", "check_out": "check_out_date"}
FOUND = [
    {
        "resort_id": 1,
        "resort_name": "Beachside Resort",
        "location": "Goa",
        "available_rooms": [
            {
                "id": 101,
                "room_number": "A101",
                "capacity": 2,
                "price_per_night": "7500.00",
                "images": [{"image": "/media/room_images/beach_view.jpg"}],
            }
        ],
    }
]


class StayInput(serializers.Serializer[Any]):
    """Nights and people, as this API asks for them."""

    check_in_date = StrictDateField()
    check_out_date = StrictDateField()
    guests = StrictIntegerField(min_value=1, max_value=MAX_ADULTS, help_text="How many, all of them adults.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["check_out_date"] <= attrs["check_in_date"]:
            raise serializers.ValidationError({"check_out_date": ["The departure comes after the arrival."]})
        return attrs


class SearchInput(StayInput):
    location = TextField(max_length=MAX_LOCATION, help_text="Words of the resort's name, its city or its region.")
    page = StrictIntegerField(min_value=1, max_value=MAX_PAGE, default=1)
    page_size = StrictIntegerField(min_value=1, max_value=100, default=20)


class ImageOutput(serializers.Serializer[Any]):
    image = serializers.CharField()


class RoomOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    room_number = serializers.CharField()
    capacity = serializers.IntegerField(help_text="How many adults it takes.")
    price_per_night = serializers.CharField(help_text="An average night in rupees, before fees and taxes.")
    images = ImageOutput(many=True)


class ResortOutput(serializers.Serializer[Any]):
    resort_id = serializers.IntegerField()
    resort_name = serializers.CharField()
    location = serializers.CharField()
    available_rooms = RoomOutput(many=True)


class SearchRooms(ResortEndpoint):
    permission_classes = [SignedIn]
    throttle_scope = "search"

    @extend_schema(
        operation_id="resort_rooms_search",
        parameters=[SearchInput],
        responses=ResortOutput(many=True),
        tags=[TAG],
        examples=[answered("One resort", FOUND[0])],
    )
    def get(self, request: Request) -> Response:
        """The resorts that the location names whose free rooms seat all the guests together, each with these rooms.

        A page of them; the header Link names the next one.
        """
        wanted = self.query(SearchInput)
        with fields_called(OUR_NAMES):
            found = find_free_rooms(
                location=wanted["location"],
                check_in=wanted["check_in_date"],
                check_out=wanted["check_out_date"],
                guests=wanted["guests"],
                currency=CURRENCY,
            )
        size, page = wanted["page_size"], wanted["page"]
        response = Response([resort_answer(each) for each in found[(page - 1) * size : page * size]])
        if len(found) > page * size:
            query = request.query_params.copy()
            query["page"] = str(page + 1)
            address = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
            response["Link"] = f'<{address}>; rel="next"'
        return response


def resort_answer(found: PlaceWithRooms) -> dict[str, Any]:
    pictures = sorted(found.place.gallery.all(), key=lambda each: each.position)
    images = [{"image": picture_url(each.picture, width=PICTURE_WIDTH)} for each in pictures]
    return {
        "resort_id": found.place.serial,
        "resort_name": found.place.title,
        "location": found.place.city,
        "available_rooms": [_room_answer(room, images) for room in found.rooms],
    }


def _room_answer(room: NumberedRoom, images: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "id": room.serial,
        "room_number": room.name,
        "capacity": room.capacity,
        "price_per_night": rupees(room.nightly, "text") if room.nightly is not None else None,
        "images": images,
    }


urlpatterns = [path("rooms/search/", SearchRooms.as_view(), name="resort-rooms-search")]
