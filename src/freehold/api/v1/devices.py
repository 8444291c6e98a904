"""Where somebody is signed in, and signing that out from afar."""

from django.urls import path
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.accounts.devices import MAX_DEVICES, devices_of
from freehold.accounts.services.end_device import end_device, end_other_devices
from freehold.accounts.tokens import session_key_for
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictSerializer
from freehold.api.views import Endpoint, caller_of

EXAMPLE = {
    "id": 4711,
    "name": "Firefox on Linux",
    "address": "203.0.113.7",
    "first_seen_at": "2027-01-30T09:12:44Z",
    "last_seen_at": "2027-02-01T18:03:10Z",
    "is_current": True,
    "is_app": False,
}


class DeviceOutput(StrictSerializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    address = serializers.CharField(help_text="The IP address from which it was seen last.")
    first_seen_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(help_text="To within five minutes.")
    is_current = serializers.BooleanField(help_text="The one that asks.")
    is_app = serializers.BooleanField(help_text="Holds tokens, instead of a browser's session on the site.")


class DevicesOutput(StrictSerializer):
    results = DeviceOutput(many=True)


class EndedOutput(StrictSerializer):
    ended = serializers.IntegerField()


class Devices(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="list_devices",
        responses=DevicesOutput,
        tags=["me"],
        description=f"Where am I signed in? The {MAX_DEVICES} that were seen last, the one that asks first.",
        examples=[OpenApiExample("One browser", {"results": [EXAMPLE]}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        caller = caller_of(request)
        found = devices_of(user=caller.user, current_key=session_key_for(caller.request, caller.token))
        return Response(DevicesOutput({"results": found}).data)


class Device(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="end_device",
        responses={204: OpenApiResponse(description="Signed out; its tokens are void at once.")},
        tags=["me"],
    )
    def delete(self, request: Request, device_id: int) -> Response:
        """Sign a device out; also the one that asks."""
        end_device(actor=self.actor, device_id=device_id)
        return Response(status=204)


class EndOthers(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="end_other_devices",
        request=None,
        responses=EndedOutput,
        tags=["me"],
        examples=[OpenApiExample("Two", {"ended": 2}, response_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Sign out everywhere but here."""
        caller = caller_of(request)
        current = session_key_for(caller.request, caller.token)
        return Response({"ended": end_other_devices(actor=self.actor, current_key=current)})


urlpatterns = [
    path("me/devices/", Devices.as_view(), name="devices"),
    path("me/devices/end-others/", EndOthers.as_view(), name="end-other-devices"),
    path("me/devices/<int:device_id>/", Device.as_view(), name="device"),
]
