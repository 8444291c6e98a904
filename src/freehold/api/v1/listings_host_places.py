"""For hosts: what exists. Properties, their units and types of units, their pictures."""

from dataclasses import fields, replace
from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import idempotent
from freehold.api.pagination import CursorPagination
from freehold.api.permissions import CompanyCaller
from freehold.api.serializers import StrictDecimalField, StrictIntegerField, StrictSerializer, TextField
from freehold.api.views import Endpoint
from freehold.core.errors import BodyTooLarge
from freehold.core.pictures import MAX_BYTES
from freehold.properties.models import Property, PropertyPicture, Unit, UnitType
from freehold.properties.selectors import host_properties, host_property, host_unit, picture_url
from freehold.properties.services.add_picture import add_picture
from freehold.properties.services.remove_picture import remove_picture
from freehold.properties.services.save_property import create_property, facts_of_place, update_property
from freehold.properties.services.save_unit import create_unit, create_unit_type, facts_of_unit, update_unit
from freehold.properties.types import PlaceFacts, UnitFacts

# A form has boundaries and another field beside the picture.
MAX_UPLOAD_BYTES = MAX_BYTES + 64 * 1024


class PlaceInput(StrictSerializer):
    title = TextField(max_length=200)
    category = TextField(max_length=120, help_text="A slug of /categories/.")
    city = TextField(max_length=120)
    country = serializers.RegexField(r"^[A-Z]{2}$", help_text="ISO 3166, two letters.")
    latitude = StrictDecimalField(min_value=-90, max_value=90, decimal_places=9)
    longitude = StrictDecimalField(min_value=-180, max_value=180, decimal_places=9)
    time_zone = TextField(max_length=64, help_text="An IANA name, for example Europe/Lisbon.")
    description = TextField(max_length=10_000, required=False, allow_blank=True)
    street = TextField(max_length=200, required=False, allow_blank=True)
    neighbourhood = TextField(max_length=120, required=False, allow_blank=True)
    region = TextField(max_length=120, required=False, allow_blank=True)
    postal_code = TextField(max_length=20, required=False, allow_blank=True)
    check_in_time = serializers.TimeField(input_formats=["%H:%M"], required=False)
    check_out_time = serializers.TimeField(input_formats=["%H:%M"], required=False)
    host_name = TextField(max_length=100, required=False, allow_blank=True)
    max_guests = StrictIntegerField(min_value=1, max_value=10_000, required=False, allow_null=True)
    amenities = serializers.ListField(child=TextField(max_length=60), max_length=200, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        degrees = {name: float(attrs[name]) for name in ("latitude", "longitude") if name in attrs}
        lists = {"amenities": tuple(attrs["amenities"])} if "amenities" in attrs else {}
        return {**attrs, **degrees, **lists}


class NewPlaceInput(PlaceInput):
    company_id = serializers.UUIDField()


class UnitTypeInput(StrictSerializer):
    name = TextField(max_length=120)
    max_guests = StrictIntegerField(min_value=1, max_value=1000, required=False)
    bedrooms = StrictIntegerField(min_value=0, max_value=500, required=False)
    beds = StrictIntegerField(min_value=0, max_value=1000, required=False)
    bathrooms = StrictDecimalField(min_value=0, max_value=500, decimal_places=1, required=False)
    description = TextField(max_length=10_000, required=False, allow_blank=True)


class UnitInput(UnitTypeInput):
    description = None  # type: ignore[assignment] # the framework's way to drop an inherited field
    unit_type_id = serializers.UUIDField(required=False, allow_null=True)
    part_ids = serializers.ListField(child=serializers.UUIDField(), max_length=200, required=False)
    is_active = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {**attrs, "part_ids": tuple(attrs["part_ids"])} if "part_ids" in attrs else attrs


class PictureInput(StrictSerializer):
    file = serializers.FileField(max_length=255)
    alt = TextField(max_length=200, help_text="What the picture shows.")


class CompanyInput(StrictSerializer):
    company_id = serializers.UUIDField()
    cursor = TextField(max_length=300, required=False)
    page_size = serializers.CharField(required=False)


class PropertiesView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_properties_list", parameters=[CompanyInput], responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    def get(self, request: Request) -> Response:
        """The properties of one of my companies, drafts included, newest first."""
        found = host_properties(actor=self.actor, company_id=self.query(CompanyInput)["company_id"])
        paginator = CursorPagination()
        page = paginator.paginate_queryset(found, request, view=self)
        return paginator.get_paginated_response([property_answer(place, request) for place in page or []])

    @extend_schema(
        operation_id="host_properties_create",
        request=NewPlaceInput,
        responses={201: OpenApiTypes.OBJECT},
        tags=["host"],
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Describe a place. It is a draft until a listing of it is published."""
        given = self.body(NewPlaceInput)
        company_id = given.pop("company_id")
        place = create_property(actor=self.actor, company_id=company_id, facts=PlaceFacts(**given))
        return Response(property_answer(host_property(actor=self.actor, property_id=place.pk), request), status=201)


class PropertyView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(operation_id="host_properties_retrieve", responses=OpenApiTypes.OBJECT, tags=["host"])
    def get(self, request: Request, property_id: UUID) -> Response:
        """A property with its units, types of units and pictures."""
        return self.answer(request, property_id)

    @extend_schema(
        operation_id="host_properties_update", request=PlaceInput, responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    def patch(self, request: Request, property_id: UUID) -> Response:
        """Change what is said about it; what is not given stays."""
        given = self.body(PlaceInput, partial=True)
        now = facts_of_place(host_property(actor=self.actor, property_id=property_id))
        update_property(actor=self.actor, property_id=property_id, facts=replace(now, **given))
        return self.answer(request, property_id)

    def answer(self, request: Request, property_id: UUID) -> Response:
        place = host_property(actor=self.actor, property_id=property_id)
        return Response(property_answer(place, request, with_units=True))


class UnitsView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_units_create", request=UnitInput, responses={201: OpenApiTypes.OBJECT}, tags=["host"]
    )
    @idempotent()
    def post(self, request: Request, property_id: UUID) -> Response:
        """Add a unit, or with `part_ids` a composite of units of the same property."""
        facts = UnitFacts(**self.body(UnitInput))
        return Response(unit_answer(create_unit(actor=self.actor, property_id=property_id, facts=facts)), status=201)


class UnitView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(operation_id="host_units_update", request=UnitInput, responses=OpenApiTypes.OBJECT, tags=["host"])
    def patch(self, request: Request, unit_id: UUID) -> Response:
        """Change a unit; what is not given stays."""
        given = self.body(UnitInput, partial=True)
        now = facts_of_unit(host_unit(actor=self.actor, unit_id=unit_id))
        return Response(unit_answer(update_unit(actor=self.actor, unit_id=unit_id, facts=replace(now, **given))))


class UnitTypesView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_unit_types_create",
        request=UnitTypeInput,
        responses={201: OpenApiTypes.OBJECT},
        tags=["host"],
    )
    @idempotent()
    def post(self, request: Request, property_id: UUID) -> Response:
        """Add a type of which any unit will do."""
        facts = UnitFacts(**self.body(UnitTypeInput))
        unit_type = create_unit_type(actor=self.actor, property_id=property_id, facts=facts)
        return Response(space_answer(unit_type), status=201)


class PicturesView(Endpoint):
    permission_classes = [CompanyCaller]
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="host_pictures_create",
        request={"multipart/form-data": PictureInput},
        responses={201: OpenApiTypes.OBJECT},
        tags=["host"],
    )
    def post(self, request: Request, property_id: UUID) -> Response:
        """Add a picture (JPEG, PNG or WebP, at most 10 MB) at the end of the gallery."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_UPLOAD_BYTES:
            raise BodyTooLarge("A picture has at most 10 MB.")
        given = self.body(PictureInput)
        shown = add_picture(actor=self.actor, property_id=property_id, upload=given["file"], alt=given["alt"])
        return Response(picture_answer(shown, request), status=201)


class PictureView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(operation_id="host_pictures_delete", responses={204: None}, tags=["host"])
    def delete(self, request: Request, property_id: UUID, picture_id: UUID) -> Response:
        """Take a picture out of the gallery."""
        remove_picture(actor=self.actor, property_id=property_id, picture_id=picture_id)
        return Response(status=204)


def property_answer(place: Property, request: Request, *, with_units: bool = False) -> dict[str, Any]:
    """`place` with its category, amenities and gallery; with units also those and the types."""
    facts = facts_of_place(place)
    answer = {
        "id": str(place.pk),
        "company_id": str(place.company_id),
        "slug": place.slug,
        "status": place.status,
        **{each.name: getattr(facts, each.name) for each in fields(facts)},
        "check_in_time": place.check_in_time.strftime("%H:%M"),
        "check_out_time": place.check_out_time.strftime("%H:%M"),
        "max_guests": place.max_guests,
        "pictures": [picture_answer(shown, request) for shown in place.gallery.all()],
    }
    if with_units:
        answer["units"] = [unit_answer(unit) for unit in place.units.all()]
        answer["unit_types"] = [space_answer(unit_type) for unit_type in place.unit_types.all()]
    return answer


def unit_answer(unit: Unit) -> dict[str, Any]:
    return {
        **space_answer(unit),
        "kind": unit.kind,
        "unit_type_id": None if unit.unit_type_id is None else str(unit.unit_type_id),
        "part_ids": [str(part.part_id) for part in unit.unit_parts.all()],
        "is_active": unit.is_active,
    }


def space_answer(space: Unit | UnitType) -> dict[str, Any]:
    return {
        "id": str(space.pk),
        "property_id": str(space.property_id),
        "name": space.name,
        "max_guests": space.max_guests,
        "bedrooms": space.bedrooms,
        "beds": space.beds,
        "bathrooms": str(space.bathrooms),
    }


def picture_answer(shown: PropertyPicture, request: Request) -> dict[str, Any]:
    picture = shown.picture
    return {
        "id": str(picture.pk),
        "alt": shown.alt,
        "position": shown.position,
        "width": picture.width,
        "height": picture.height,
        "urls": {
            width: request.build_absolute_uri(picture_url(picture, width=int(width))) for width in picture.renditions
        },
    }


urlpatterns = [
    path("host/properties/", PropertiesView.as_view(), name="host-properties"),
    path("host/properties/<uuid:property_id>/", PropertyView.as_view(), name="host-property"),
    path("host/properties/<uuid:property_id>/units/", UnitsView.as_view(), name="host-units"),
    path("host/properties/<uuid:property_id>/unit-types/", UnitTypesView.as_view(), name="host-unit-types"),
    path("host/properties/<uuid:property_id>/pictures/", PicturesView.as_view(), name="host-pictures"),
    path("host/properties/<uuid:property_id>/pictures/<uuid:picture_id>/", PictureView.as_view(), name="host-picture"),
    path("host/units/<uuid:unit_id>/", UnitView.as_view(), name="host-unit"),
]
