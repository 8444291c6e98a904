"""Categories, places, and places like another or of a kind."""

import re
from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.compat.estate import examples
from freehold.api.compat.estate.base import PublicEndpoint, refused
from freehold.api.compat.estate.shapes import (
    ACTIVE,
    INACTIVE,
    CategoryOutput,
    PropertyOutput,
    category_answer,
    property_answer,
)
from freehold.api.compat.pages import paged
from freehold.core.errors import NotFound
from freehold.inventory.whole_places import recommended, with_freedom
from freehold.properties.selectors import category_id_of
from freehold.properties.tree import category_index
from freehold.properties.whole_places import categories, whole_places

TAGS = ["estate API: places"]
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_NO_CHOICE = "Select a valid choice. That choice is not one of the available choices."


class Categories(PublicEndpoint):
    @extend_schema(
        operation_id="estate_categories",
        responses=CategoryOutput(many=True),
        tags=TAGS,
        examples=[examples.CATEGORIES],
    )
    def get(self, request: Request) -> Response:
        """All categories; `parent` says below which one each hangs."""
        return Response([category_answer(category) for category in categories()])


class Properties(PublicEndpoint):
    @extend_schema(
        operation_id="estate_properties",
        responses=PropertyOutput(many=True),
        tags=TAGS,
        parameters=[
            OpenApiParameter("category", int, description="This category's number, without those below it."),
            OpenApiParameter("status", str, enum=[ACTIVE, INACTIVE]),
            *examples.PAGES,
        ],
        examples=[examples.PROPERTIES],
    )
    def get(self, request: Request) -> Response:
        """Places that are booked by the slot or altogether, newest first, page by page."""
        places = with_freedom(whole_places())
        if (category := request.query_params.get("category", "")) != "":
            found = category_id_of(int(category)) if _NUMBER.fullmatch(category) else None
            if found is None:
                raise refused(_NO_CHOICE, "category")
            places = places.filter(category_id=found)
        if (status := request.query_params.get("status", "")) != "":
            if status not in (ACTIVE, INACTIVE):
                text = f"Select a valid choice. {status[:50]} is not one of the available choices."
                raise refused(text, "status")
            places = places.filter(is_offered=status == ACTIVE)
        return paged(places, request, lambda place: property_answer(place, request))


class PropertyDetail(PublicEndpoint):
    @extend_schema(operation_id="estate_property", responses=PropertyOutput, tags=TAGS, examples=[examples.PROPERTY])
    def get(self, request: Request, slug: str) -> Response:
        """One place by its slug."""
        return Response(property_answer(_place(slug), request))


class Recommendations(PublicEndpoint):
    @extend_schema(
        operation_id="estate_recommendations",
        responses=PropertyOutput(many=True),
        tags=TAGS,
        examples=[examples.RECOMMENDED],
    )
    def get(self, request: Request, slug: str) -> Response:
        """Places like this one that can be had: of its category and all below it first, then of those beside it."""
        place = _place(slug)
        tree = category_index()
        found = recommended(
            whole_places(),
            category_ids=tree.family(place.category_id),
            first=tree.branch(place.category_id),
            but=place.pk,
        )
        return Response([property_answer(each, request) for each in found])


class Recommended(PublicEndpoint):
    @extend_schema(
        operation_id="estate_recommended",
        responses=PropertyOutput(many=True),
        tags=TAGS,
        parameters=[OpenApiParameter("category_id", int, required=True)],
        examples=[examples.RECOMMENDED],
    )
    def get(self, request: Request) -> Response:
        """Places of a category and all below it that can be had, the best rated first; none for an unknown number."""
        asked: Any = request.query_params.get("category_id")
        if asked is None:
            raise serializers.ValidationError("category_id query parameter is required.")
        if not _NUMBER.fullmatch(asked):
            raise serializers.ValidationError("category_id must be an integer.")
        category_id = category_id_of(int(asked))
        if category_id is None:
            return Response([])
        found = recommended(whole_places(), category_ids=category_index().branch(category_id))
        return Response([property_answer(each, request) for each in found])


def _place(slug: str) -> Any:
    place = with_freedom(whole_places()).filter(slug=slug).first()
    if place is None:
        raise NotFound
    return place


urlpatterns = [
    path("categories/", Categories.as_view(), name="estate-categories"),
    path("properties/", Properties.as_view(), name="estate-properties"),
    path("properties/recommended/", Recommended.as_view(), name="estate-recommended"),
    path("properties/<slug:slug>/", PropertyDetail.as_view(), name="estate-property"),
    path("properties/<slug:slug>/recommendations/", Recommendations.as_view(), name="estate-recommendations"),
]
