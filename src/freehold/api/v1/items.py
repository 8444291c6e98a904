"""What a caller wants to book: the shape that quotes and bookings share."""

from typing import Any

from rest_framework import serializers

from freehold.api.serializers import StrictDateField, StrictInstantField, StrictIntegerField, StrictSerializer
from freehold.domain.occasions import Nights, Slot, UntilCancelled, When
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
    """One listing, and when: nights, a slot, or (no dates at all) from now on until cancelled."""

    listing_id = serializers.UUIDField()
    check_in = StrictDateField(required=False)
    check_out = StrictDateField(required=False)
    start_at = StrictInstantField(required=False)
    end_at = StrictInstantField(required=False)
    guests = PartyInput()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for first, last, text in (
            ("check_in", "check_out", "The departure comes after the arrival."),
            ("start_at", "end_at", "The end comes after the start."),
        ):
            missing = [name for name in (first, last) if name not in attrs]
            if len(missing) == 1:
                detail = serializers.ErrorDetail(f"Give {first} and {last} together.", code="required")
                raise serializers.ValidationError({missing[0]: [detail]})
            if not missing and attrs[last] <= attrs[first]:
                raise serializers.ValidationError({last: text})
        if "check_in" in attrs and "start_at" in attrs:
            detail = serializers.ErrorDetail("Give dates or a slot, not both.", code="ambiguous")
            raise serializers.ValidationError({"start_at": [detail]})
        return attrs


class ItemsInput(StrictSerializer):
    items = ItemInput(many=True, allow_empty=False, max_length=MAX_ITEMS)


def to_requests(items: list[dict[str, Any]]) -> list[ItemRequest]:
    """Validated items as the services take them."""
    return [
        ItemRequest(
            listing_id=item["listing_id"],
            when=_when(item),
            party=party_of(item["guests"]),
        )
        for item in items
    ]


def party_of(guests: dict[str, Any]) -> Party:
    return Party(guests["adults"], tuple(guests["children"]))


def _when(item: dict[str, Any]) -> When:
    return dated(item) or UntilCancelled()


def dated(item: dict[str, Any]) -> When | None:
    """The nights or the slot that a validated item names; None without dates."""
    if "check_in" in item:
        return Nights(item["check_in"], item["check_out"])
    if "start_at" in item:
        return Slot(item["start_at"], item["end_at"])
    return None
