"""For hosts: many listings in one step."""

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.permissions import CompanyCaller
from freehold.api.serializers import StrictSerializer
from freehold.api.v1.listings_host import listing_answer
from freehold.api.views import Endpoint
from freehold.pricing.services.change_listings import MOST_AT_ONCE, Step, change_listings


class ManyListingsInput(StrictSerializer):
    listing_ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST_AT_ONCE)
    status = serializers.ChoiceField([step.value for step in Step])


class ManyListingsView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_listings_bulk", request=ManyListingsInput, responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    def post(self, request: Request) -> Response:
        """Publish or pause up to a hundred listings: all of them, or none. `attr` of a refusal says which one it is."""
        given = self.body(ManyListingsInput)
        changed = change_listings(actor=self.actor, listing_ids=given["listing_ids"], step=Step(given["status"]))
        return Response({"results": [listing_answer(listing) for listing in changed]})


urlpatterns = [path("host/listings/bulk/", ManyListingsView.as_view(), name="host-listings-bulk")]
