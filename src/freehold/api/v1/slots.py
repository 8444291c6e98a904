"""The slots of a listing that is sold by the hour or by the slot."""

from datetime import date, timedelta
from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.permissions import Anyone
from freehold.api.serializers import StrictDateField, StrictIntegerField, StrictSerializer
from freehold.api.v1.booking_answers import instant
from freehold.api.views import Endpoint
from freehold.bookings.selectors import own_claims
from freehold.core import clock
from freehold.domain.party import MAX_ADULTS, Party
from freehold.inventory.slots import MAX_SLOT_DAYS, SlotOffer, listing_slots
from freehold.properties.selectors import published_listing_id

DEFAULT_DAYS = timedelta(days=6)
LONGEST = 44_640


class SlotsInput(StrictSerializer):
    to = StrictDateField(required=False)
    minutes = StrictIntegerField(min_value=1, max_value=LONGEST, required=False)
    guests = StrictIntegerField(min_value=1, max_value=MAX_ADULTS, default=1)

    def get_fields(self) -> dict[str, Any]:
        # A parameter of this name cannot be an attribute of a class.
        return {"from": StrictDateField(required=False), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # Today at the place that is furthest behind.
        attrs.setdefault("from", (clock.now() - timedelta(hours=12)).date())
        attrs.setdefault("to", attrs["from"] + DEFAULT_DAYS)
        if not timedelta(0) <= attrs["to"] - attrs["from"] < timedelta(days=MAX_SLOT_DAYS):
            raise serializers.ValidationError({"to": f"Ask for 1 to {MAX_SLOT_DAYS} days, in order."})
        return attrs


class SlotsView(Endpoint):
    permission_classes = [Anyone]

    @extend_schema(
        operation_id="listings_slots",
        parameters=[
            OpenApiParameter("from", date),
            OpenApiParameter("to", date),
            OpenApiParameter("minutes", int),
            OpenApiParameter("guests", int),
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, key: str) -> Response:
        """Each slot of `minutes` that begins from `from` to `to` (both included): free, or closed and why.

        `minutes` defaults to the shortest slot. `units_left`: so many seats (or rooms of the kind) are free then.
        `price` is for the party, before extra guests, fees and taxes. What you hold yourself is `held_by_you`.
        """
        wanted = self.query(SlotsInput)
        calendar = listing_slots(
            listing_id=published_listing_id(key=key),
            start=wanted["from"],
            end=wanted["to"] + timedelta(days=1),
            minutes=wanted.get("minutes"),
            party=Party(wanted["guests"]),
            own_claims=own_claims(user=request.user),
        )
        return Response(
            {
                "time_zone": calendar.time_zone,
                "minutes": calendar.minutes,
                "lengths": list(calendar.lengths),
                "slots": [_answer(offer) for offer in calendar.offers],
            }
        )


def _answer(offer: SlotOffer) -> dict[str, Any]:
    return {
        "start_at": instant(offer.slot.start_at),
        "end_at": instant(offer.slot.end_at),
        "available": offer.is_available,
        "reasons": [reason.to_json() for reason in offer.reasons],
        "units_left": offer.units_left,
        "price": offer.price.to_json(),
    }


urlpatterns = [path("listings/<slug:key>/slots/", SlotsView.as_view(), name="listing-slots")]
