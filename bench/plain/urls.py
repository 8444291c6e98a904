"""Two addresses: book a room, and keep what somebody sends."""

import hashlib
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from bench.plain.models import Booking, Event, Payment, Room


class RoomSerializer(serializers.ModelSerializer):
    class Meta:
        model = Room
        fields = ["id", "name", "price", "max_guests"]


class BookingSerializer(serializers.ModelSerializer):
    room_detail = RoomSerializer(source="room", read_only=True)

    class Meta:
        model = Booking
        fields = ["id", "room", "room_detail", "check_in", "check_out", "guests", "total", "status", "created_at"]
        read_only_fields = ["total", "status"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["check_out"] <= attrs["check_in"]:
            raise serializers.ValidationError("The departure comes after the arrival.")
        if attrs["guests"] > attrs["room"].max_guests:
            raise serializers.ValidationError("Too many guests.")
        return attrs


class BookingView(generics.CreateAPIView):
    serializer_class = BookingSerializer

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data
        with transaction.atomic():
            room = Room.objects.select_for_update().get(pk=wanted["room"].pk)
            taken = Booking.objects.filter(
                room=room, check_in__lt=wanted["check_out"], check_out__gt=wanted["check_in"]
            ).exclude(status="cancelled")
            if taken.exists():
                return Response({"detail": "Already booked."}, status=status.HTTP_409_CONFLICT)
            total = room.price * (wanted["check_out"] - wanted["check_in"]).days
            booking = serializer.save(user=request.user, total=total)
            Payment.objects.create(booking=booking, amount=total)
        return Response(serializer.data, status=status.HTTP_201_CREATED)


@csrf_exempt
def keep(request: HttpRequest, provider: str, token: str = "") -> HttpResponse:
    """One insert: nothing is checked, nobody is told."""
    body = request.body
    key = hashlib.sha256(body).hexdigest()
    row = Event(provider=provider, dedupe_key=key, headers=dict(request.headers), body=body)
    Event.objects.bulk_create([row], ignore_conflicts=True)
    return HttpResponse(b"{}", content_type="application/json")


urlpatterns = [
    path("api/bookings/", BookingView.as_view()),
    # The same addresses as Freehold's.
    path("api/v1/webhooks/<slug:provider>/<slug:token>/", keep),
    path("api/v1/paymentcallback/<slug:token>/", keep, {"provider": "unnamed"}),
]
