"""For hosts: everything that a company sells, in one list."""

from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.pagination import CursorPagination
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictSerializer, TextField
from freehold.api.v1.listings_host import listing_answer
from freehold.api.views import Endpoint
from freehold.properties.host_listings import Sold, WantedListings, company_listings, kind_of
from freehold.properties.models import Listing


class ListingsQuery(StrictSerializer):
    company_id = serializers.UUIDField()
    property = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(Listing.Status.choices, required=False)
    mode = serializers.ChoiceField(Listing.Mode.choices, required=False)
    kind = serializers.ChoiceField([each.value for each in Sold], required=False, help_text="What the listing gives.")
    q = TextField(max_length=100, required=False, help_text="Title of the listing or of its property.")
    cursor = TextField(max_length=300, required=False)
    page_size = serializers.CharField(required=False)


class CompanyListingsView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="host_listings_list", parameters=[ListingsQuery], responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    def get(self, request: Request) -> Response:
        """The listings of one of my companies, drafts included, newest first."""
        given = self.query(ListingsQuery)
        wanted = WantedListings(
            property_id=given.get("property"),
            status=given.get("status", ""),
            mode=given.get("mode", ""),
            kind=Sold(given["kind"]) if "kind" in given else None,
            words=given.get("q", ""),
        )
        paginator = CursorPagination()
        found = company_listings(actor=self.actor, company_id=given["company_id"], wanted=wanted)
        page = paginator.paginate_queryset(found, request, view=self)
        return paginator.get_paginated_response([_row(listing) for listing in page or []])


def _row(listing: Listing) -> dict[str, Any]:
    place = listing.property
    return {
        **listing_answer(listing),
        "kind": kind_of(listing).value,
        "property": {"id": str(place.pk), "title": place.title, "status": place.status},
    }


urlpatterns = [path("host/listings/", CompanyListingsView.as_view(), name="host-company-listings")]
