"""Change a booking: see what it would cost, do it, or think better of it."""

from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import idempotent
from freehold.api.permissions import SignedIn
from freehold.api.serializers import MoneyField, StrictSerializer
from freehold.api.v1.booking_answers import booking_answer
from freehold.api.v1.items import MAX_ITEMS, ItemInput, PartyInput, dated, party_of
from freehold.api.views import Endpoint
from freehold.bookings.selectors import booking_detail
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.preview_change import preview_change
from freehold.bookings.services.withdraw_change import withdraw_change
from freehold.bookings.types import ItemChange


class ItemChangeInput(ItemInput):
    """One booked item, and what should be different about it. What is left out stays as it was booked."""

    item = serializers.UUIDField(help_text="The id of the booked item.")
    listing_id = serializers.UUIDField(required=False)
    guests = PartyInput(required=False)
    give_up = serializers.BooleanField(default=False, help_text="Give this item up, and keep the others.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if attrs["give_up"] and set(attrs) - {"item", "give_up"}:
            detail = serializers.ErrorDetail("Give an item up, or change it, not both.", code="ambiguous")
            raise serializers.ValidationError({"give_up": [detail]})
        return attrs


class ChangePreviewInput(StrictSerializer):
    items = ItemChangeInput(many=True, allow_empty=False, max_length=MAX_ITEMS)


class ChangeInput(ChangePreviewInput):
    expected_difference = MoneyField(
        required=False, help_text="The difference that change-preview showed: another one is refused."
    )


class ChangePreviewView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="bookings_change_preview", request=ChangePreviewInput, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, booking_id: Any) -> Response:
        """What a change would cost now, and whether the space is there. Writes nothing.

        A positive `difference` is more to pay, a negative one less; `due_now` must be paid before the change is made,
        `refund` goes back at once. What breaks a rule of the listing is refused with every reason.
        """
        changes = to_changes(self.body(ChangePreviewInput)["items"])
        return Response(preview_change(actor=self.actor, booking_id=booking_id, changes=changes).to_json())


class ChangeView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="bookings_change", request=ChangeInput, responses=OpenApiTypes.OBJECT)
    @idempotent()
    def post(self, request: Request, booking_id: Any) -> Response:
        """Change it. When something is due first, the change is `pending` and holds the space until `expires_at`:
        pay as usual, with the booking's id. Until then, and if nobody pays, the booking stays as it was.
        """
        wanted = self.body(ChangeInput)
        change_booking(
            actor=self.actor,
            booking_id=booking_id,
            changes=to_changes(wanted["items"]),
            expected_difference=wanted.get("expected_difference"),
        )
        return Response(booking_answer(booking_detail(actor=self.actor, booking_id=booking_id)))


class WithdrawChangeView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="bookings_change_withdraw", request=None, responses=OpenApiTypes.OBJECT)
    @idempotent()
    def post(self, request: Request, booking_id: Any) -> Response:
        """Drop the change that waits for its payment."""
        withdraw_change(actor=self.actor, booking_id=booking_id)
        return Response(booking_answer(booking_detail(actor=self.actor, booking_id=booking_id)))


def to_changes(items: list[dict[str, Any]]) -> list[ItemChange]:
    """Validated items as the services take them."""
    return [
        ItemChange(
            item_id=item["item"],
            listing_id=item.get("listing_id"),
            when=dated(item),
            party=party_of(item["guests"]) if "guests" in item else None,
            is_given_up=item["give_up"],
        )
        for item in items
    ]


urlpatterns = [
    path("bookings/<uuid:booking_id>/change-preview/", ChangePreviewView.as_view(), name="booking-change-preview"),
    path("bookings/<uuid:booking_id>/change/", ChangeView.as_view(), name="booking-change"),
    path("bookings/<uuid:booking_id>/change/withdraw/", WithdrawChangeView.as_view(), name="booking-change-withdraw"),
]
