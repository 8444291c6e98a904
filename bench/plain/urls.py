"""One address: book a room."""

from typing import Any

from django.db import transaction
from django.urls import path
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from bench.plain.models import Booking, Payment, Room


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


urlpatterns = [path("api/bookings/", BookingView.as_view())]
