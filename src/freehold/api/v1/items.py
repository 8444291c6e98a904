"""What a caller wants to book: the shape that quotes and bookings share."""

from typing import Any

from rest_framework import serializers

from freehold.api.serializers import StrictDateField, StrictIntegerField, StrictSerializer
from freehold.domain.occasions import Nights
from freehold.domain.party import MAX_ADULTS, MAX_CHILD_AGE, MAX_CHILDREN, Party
from freehold.pricing.types import ItemRequest

MAX_ITEMS = 20


class PartyInput(StrictSerializer):
    adults = StrictIntegerField(min_value=1, max_value=MAX_ADULTS)
    children = serializers.ListField(
        child=StrictIntegerField(min_value=0, max_value=MAX_CHILD_AGE),
        max_length=MAX_CHILDREN,
        default=list,
        help_text="Ages in full years.",
    )


class ItemInput(StrictSerializer):
    listing_id = serializers.UUIDField()
    check_in = StrictDateField()
    check_out = StrictDateField()
    guests = PartyInput()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["check_out"] <= attrs["check_in"]:
            raise serializers.ValidationError({"check_out": "The departure comes after the arrival."})
        return attrs


class ItemsInput(StrictSerializer):
    items = ItemInput(many=True, allow_empty=False, max_length=MAX_ITEMS)


def to_requests(items: list[dict[str, Any]]) -> list[ItemRequest]:
    """Validated items as the services take them."""
    return [
        ItemRequest(
            listing_id=item["listing_id"],
            when=Nights(item["check_in"], item["check_out"]),
            party=Party(item["guests"]["adults"], tuple(item["guests"]["children"])),
        )
        for item in items
    ]
