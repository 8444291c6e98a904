"""Search: hits with the price of the whole stay, facets, pins for the map, suggestions for the place field."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.pagination import DEFAULT_PAGE_SIZE, page_size
from freehold.api.permissions import Anyone
from freehold.api.serializers import (
    StrictDateField,
    StrictDecimalField,
    StrictField,
    StrictIntegerField,
    StrictSerializer,
    TextField,
)
from freehold.api.views import Endpoint
from freehold.domain.party import MAX_ADULTS, MAX_CHILD_AGE
from freehold.inventory.search.map import MAX_ZOOM
from freehold.inventory.search.page import Hit, map_clusters, map_pins, search
from freehold.inventory.search.query import MAX_RADIUS_KM, Box, Near, SearchQuery, Sort
from freehold.inventory.search.suggestions import Suggestion, suggest
from freehold.properties.selectors import picture_url

MAX_PRICE = Decimal(10**12)
MAX_GUESTS = MAX_ADULTS
CARD_WIDTH = 800


class DegreesField(StrictField[tuple[float, ...], Any]):
    """Numbers with commas between them, as many as `bounds`, each within its bound (degrees)."""

    default_error_messages = {"invalid": "Degrees with commas between them are needed: {example}."}

    def __init__(self, *, bounds: tuple[int, ...], example: str, **options: Any) -> None:
        super().__init__(**options)
        self.bounds = bounds
        self.example = example

    def to_internal_value(self, data: Any) -> tuple[float, ...]:
        one = StrictDecimalField(min_value=-180, max_value=180, decimal_places=9)
        parts = str(data).split(",")
        if len(parts) != len(self.bounds):
            self.fail("invalid", example=self.example)
        try:
            degrees = tuple(float(one.to_internal_value(part.strip())) for part in parts)
        except serializers.ValidationError:
            self.fail("invalid", example=self.example)
        if any(abs(degree) > bound for degree, bound in zip(degrees, self.bounds, strict=True)):
            self.fail("invalid", example=self.example)
        return degrees

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "description": f"Degrees: {self.example}."}


class SearchInput(StrictSerializer):
    place = TextField(max_length=120, required=False, allow_blank=True)
    check_in = StrictDateField(required=False)
    check_out = StrictDateField(required=False)
    guests = StrictIntegerField(min_value=1, max_value=MAX_GUESTS, required=False)
    children = TextField(max_length=200, required=False, allow_blank=True, help_text="Ages of guests under age: 5,7")
    bbox = DegreesField(bounds=(180, 90, 180, 90), example="west,south,east,north", required=False)
    near = DegreesField(bounds=(90, 180), example="latitude,longitude", required=False)
    radius_km = StrictDecimalField(min_value=0, max_value=int(MAX_RADIUS_KM), decimal_places=3, required=False)
    min_price = StrictDecimalField(min_value=0, max_value=MAX_PRICE, decimal_places=4, required=False)
    max_price = StrictDecimalField(min_value=0, max_value=MAX_PRICE, decimal_places=4, required=False)
    bedrooms = StrictIntegerField(min_value=0, max_value=100, required=False)
    amenities = TextField(max_length=1000, required=False, allow_blank=True)
    category = TextField(max_length=120, required=False, allow_blank=True)
    q = TextField(max_length=200, required=False, allow_blank=True)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    sort = serializers.ChoiceField([each.value for each in Sort], required=False)
    cursor = TextField(max_length=300, required=False, allow_blank=True)
    page_size = serializers.CharField(required=False)

    def validate_children(self, text: str) -> tuple[int, ...]:
        age = StrictIntegerField(min_value=0, max_value=MAX_CHILD_AGE)
        return tuple(age.run_validation(part.strip()) for part in text.split(",") if part.strip())

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "radius_km" in attrs and "near" not in attrs:
            raise serializers.ValidationError({"radius_km": "A radius needs a centre: give `near`."})
        return attrs


def to_query(wanted: dict[str, Any]) -> SearchQuery:
    """Validated parameters as the search takes them. Raises BadInput."""
    near = wanted.get("near")
    radius = wanted.get("radius_km")
    codes = [code.strip() for code in wanted.get("amenities", "").split(",")]
    plain = ("place", "check_in", "check_out", "guests", "min_price", "max_price", "bedrooms", "category", "q")
    return SearchQuery(
        **{name: wanted[name] for name in (*plain, "children", "currency", "cursor") if name in wanted},
        box=Box(*wanted["bbox"]) if "bbox" in wanted else None,
        near=Near(*near, radius_km=None if radius is None else float(radius)) if near else None,
        amenities=tuple(code for code in codes if code),
        sort=Sort(wanted.get("sort", Sort.RELEVANCE)),
        page_size=page_size(wanted["page_size"]) if "page_size" in wanted else DEFAULT_PAGE_SIZE,
    )


class SearchView(Endpoint):
    permission_classes = [Anyone]
    throttle_scope = "search"

    @extend_schema(operation_id="search", parameters=[SearchInput], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Listings that can be had. With dates, `total` and prices mean the whole stay with fees and taxes."""
        page = search(to_query(self.query(SearchInput)))
        return Response(
            {
                "count": page.count,
                "next": _page_at(request, page.next_cursor),
                "previous": _page_at(request, page.previous_cursor),
                "currency": page.currency,
                "facets": page.facets,
                "results": [hit_answer(hit, request) for hit in page.hits],
            }
        )


class PinsView(Endpoint):
    permission_classes = [Anyone]
    throttle_scope = "search"

    @extend_schema(operation_id="search_pins", parameters=[SearchInput], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """The same hits as points on a map, the most relevant 500."""
        pins = map_pins(to_query(self.query(SearchInput)))
        return Response(
            {
                "results": [
                    {
                        "listing_id": str(pin.listing_id),
                        "slug": pin.slug,
                        "latitude": pin.latitude,
                        "longitude": pin.longitude,
                        "price": pin.price.to_json(),
                    }
                    for pin in pins
                ]
            }
        )


class ClustersInput(SearchInput):
    zoom = StrictIntegerField(min_value=0, max_value=MAX_ZOOM, required=False, help_text="As map tiles count it.")


class ClustersView(Endpoint):
    permission_classes = [Anyone]
    throttle_scope = "search"

    @extend_schema(operation_id="search_clusters", parameters=[ClustersInput], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """All hits in groups that a map has room for; a group of one names its listing. Counts add up to `count`."""
        wanted = self.query(ClustersInput)
        count, clusters = map_clusters(to_query(wanted), zoom=wanted.get("zoom"))
        return Response(
            {
                "count": count,
                "results": [
                    {
                        "count": cluster.count,
                        "latitude": cluster.latitude,
                        "longitude": cluster.longitude,
                        "bounds": list(cluster.bounds),
                        "price_from": cluster.price_from.to_json(),
                        "listing_id": None if cluster.listing_id is None else str(cluster.listing_id),
                        "slug": cluster.slug or None,
                    }
                    for cluster in clusters
                ],
            }
        )


class SuggestionsInput(StrictSerializer):
    q = TextField(max_length=120, allow_blank=True)


class SuggestionsView(Endpoint):
    permission_classes = [Anyone]
    throttle_scope = "search"

    @extend_schema(operation_id="suggestions", parameters=[SuggestionsInput], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Cities, neighbourhoods and properties that begin like `q`, or are nearly it.

        `did_you_mean` has the most similar places when nothing fits.
        """
        suggestions = suggest(text=self.query(SuggestionsInput)["q"])
        return Response(
            {
                "results": [suggestion_answer(each) for each in suggestions.found],
                "did_you_mean": [suggestion_answer(each) for each in suggestions.meant],
            }
        )


class PlacesView(Endpoint):
    permission_classes = [Anyone]
    throttle_scope = "search"

    @extend_schema(operation_id="places", parameters=[SuggestionsInput], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Cities and neighbourhoods that begin like `q`, or are nearly it."""
        found = suggest(text=self.query(SuggestionsInput)["q"]).found
        places = [each for each in found if each.kind != "property"]
        return Response({"results": [{"text": each.text, "kind": each.kind, "count": each.count} for each in places]})


def suggestion_answer(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "text": suggestion.text,
        "kind": suggestion.kind,
        "count": suggestion.count,
        "slug": suggestion.slug or None,
    }


def hit_answer(hit: Hit, request: Request) -> dict[str, Any]:
    picture = hit.picture
    return {
        "listing_id": str(hit.listing_id),
        "slug": hit.slug,
        "title": hit.title,
        "latitude": hit.latitude,
        "longitude": hit.longitude,
        "city": hit.city,
        "neighbourhood": hit.neighbourhood,
        "category": {"slug": hit.category, "name": hit.category_name},
        "rating": None if hit.rating is None else float(hit.rating),
        "review_count": hit.review_count,
        "max_guests": hit.max_guests,
        "bedrooms": hit.bedrooms,
        "beds": hit.beds,
        "bathrooms": str(hit.bathrooms),
        "distance_km": hit.distance_km,
        "nightly": hit.nightly.to_json(),
        "total": None if hit.total is None else hit.total.to_json(),
        "picture": None
        if picture is None
        else {"url": request.build_absolute_uri(picture_url(picture, width=CARD_WIDTH)), "alt": hit.picture_alt},
    }


def _page_at(request: Request, cursor: str) -> str | None:
    if not cursor:
        return None
    parameters = {**request.query_params.dict(), "cursor": cursor}
    return request.build_absolute_uri(f"{request.path}?{urlencode(parameters)}")


urlpatterns = [
    path("search/", SearchView.as_view(), name="search"),
    path("search/pins/", PinsView.as_view(), name="search-pins"),
    path("search/clusters/", ClustersView.as_view(), name="search-clusters"),
    path("suggestions/", SuggestionsView.as_view(), name="suggestions"),
    path("places/", PlacesView.as_view(), name="places"),
]
