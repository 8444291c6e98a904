"""For hosts: which stays and slots a listing accepts, beyond what the listing itself says."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.permissions import CompanyCaller
from freehold.api.serializers import StrictDateField, StrictIntegerField, StrictSerializer, TextField
from freehold.api.views import Endpoint
from freehold.core.errors import NotFound
from freehold.domain.periods import MAX_NIGHTS
from freehold.properties.models import SlotRules, StayRestriction
from freehold.properties.selectors import host_restrictions, host_slot_rules
from freehold.properties.services.set_slot_rules import SlotFacts, set_slot_rules
from freehold.properties.services.set_stay_restrictions import Restriction, set_stay_restrictions

_SLOT_COLUMNS = (
    "opening_hours",
    "grid_minutes",
    "min_minutes",
    "max_minutes",
    "buffer_before_minutes",
    "buffer_after_minutes",
    "notice_minutes",
    "seat_per_guest",
)


class RestrictionInput(StrictSerializer):
    first_day = StrictDateField()
    last_day = StrictDateField()
    min_nights = StrictIntegerField(min_value=1, max_value=MAX_NIGHTS, required=False, allow_null=True)
    max_nights = StrictIntegerField(min_value=1, max_value=MAX_NIGHTS, required=False, allow_null=True)
    is_closed_to_arrival = serializers.BooleanField(required=False)
    is_closed_to_departure = serializers.BooleanField(required=False)
    label = TextField(max_length=60, required=False, allow_blank=True)


class SlotRulesInput(StrictSerializer):
    opening_hours = serializers.JSONField(
        help_text='Seven lists, Monday first, of `["09:00", "17:00"]`; an end of "24:00" is midnight.'
    )
    grid_minutes = StrictIntegerField(min_value=0, max_value=1440, required=False)
    min_minutes = StrictIntegerField(min_value=1, max_value=44_640, required=False)
    max_minutes = StrictIntegerField(min_value=1, max_value=44_640, required=False)
    buffer_before_minutes = StrictIntegerField(min_value=0, max_value=1440, required=False)
    buffer_after_minutes = StrictIntegerField(min_value=0, max_value=1440, required=False)
    notice_minutes = StrictIntegerField(min_value=0, max_value=525_600, required=False)
    seat_per_guest = serializers.BooleanField(required=False)


class RestrictionsView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(operation_id="host_restrictions_list", responses=OpenApiTypes.OBJECT, tags=["host"])
    def get(self, request: Request, listing_id: UUID) -> Response:
        """The rules of single dates that are still to come, in order."""
        return _restrictions(host_restrictions(actor=self.actor, listing_id=listing_id))

    @extend_schema(
        operation_id="host_restrictions_set", request=RestrictionInput, responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    def put(self, request: Request, listing_id: UUID) -> Response:
        """Give the days from `first_day` to `last_day` (both included) rules of their own, in place of any they had.

        Lengths and `is_closed_to_arrival` go by the day of arrival, `is_closed_to_departure` by that of departure. Null
        and false leave the listing's own rule; nothing but these takes the rules of these days away.
        """
        given = self.body(RestrictionInput)
        start, last = given.pop("first_day"), given.pop("last_day")
        set_stay_restrictions(
            actor=self.actor,
            listing_id=listing_id,
            start=start,
            end=last + timedelta(days=1),
            restriction=Restriction(**given),
        )
        return _restrictions(host_restrictions(actor=self.actor, listing_id=listing_id))


class SlotRulesView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(operation_id="host_slot_rules_retrieve", responses=OpenApiTypes.OBJECT, tags=["host"])
    def get(self, request: Request, listing_id: UUID) -> Response:
        """Which slots the listing gives. 404 until somebody has said so."""
        rules = host_slot_rules(actor=self.actor, listing_id=listing_id)
        if rules is None:
            raise NotFound("The listing has no slot rules yet.")
        return Response(slot_rules_answer(rules))

    @extend_schema(
        operation_id="host_slot_rules_set", request=SlotRulesInput, responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    def put(self, request: Request, listing_id: UUID) -> Response:
        """Set which slots the listing gives from now on. A listing that is not sold by the slot: 409."""
        facts = SlotFacts(**self.body(SlotRulesInput))
        return Response(slot_rules_answer(set_slot_rules(actor=self.actor, listing_id=listing_id, facts=facts)))


def _restrictions(found: list[StayRestriction]) -> Response:
    return Response({"results": [restriction_answer(each) for each in found]})


def restriction_answer(restriction: StayRestriction) -> dict[str, Any]:
    upper = restriction.dates.upper
    return {
        "first_day": restriction.dates.lower,
        "last_day": None if upper is None else upper - timedelta(days=1),
        "min_nights": restriction.min_nights,
        "max_nights": restriction.max_nights,
        "is_closed_to_arrival": restriction.is_closed_to_arrival,
        "is_closed_to_departure": restriction.is_closed_to_departure,
        "label": restriction.label,
    }


def slot_rules_answer(rules: SlotRules) -> dict[str, Any]:
    return {name: getattr(rules, name) for name in _SLOT_COLUMNS}


urlpatterns = [
    path("host/listings/<uuid:listing_id>/restrictions/", RestrictionsView.as_view(), name="host-restrictions"),
    path("host/listings/<uuid:listing_id>/slot-rules/", SlotRulesView.as_view(), name="host-slot-rules"),
]
