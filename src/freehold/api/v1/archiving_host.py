"""For hosts: places that are put away, and taken back."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.permissions import CompanyCaller
from freehold.api.views import Endpoint
from freehold.properties.models import Property
from freehold.properties.services.archive_property import archive_property, restore_property


class ArchiveView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(operation_id="host_properties_archive", request=None, responses=OpenApiTypes.OBJECT, tags=["host"])
    def post(self, request: Request, property_id: UUID) -> Response:
        """Take a place and all its listings off the site. Nothing is deleted, and bookings stay."""
        return Response(status_answer(archive_property(actor=self.actor, property_id=property_id)))


class RestoreView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(operation_id="host_properties_restore", request=None, responses=OpenApiTypes.OBJECT, tags=["host"])
    def post(self, request: Request, property_id: UUID) -> Response:
        """Take an archived place back. It is a draft until one of its listings is published again."""
        return Response(status_answer(restore_property(actor=self.actor, property_id=property_id)))


def status_answer(place: Property) -> dict[str, Any]:
    return {"id": str(place.pk), "slug": place.slug, "status": place.status}


urlpatterns = [
    path("host/properties/<uuid:property_id>/archive/", ArchiveView.as_view(), name="host-property-archive"),
    path("host/properties/<uuid:property_id>/restore/", RestoreView.as_view(), name="host-property-restore"),
]
