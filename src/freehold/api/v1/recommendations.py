"""Recommendations: places like one that somebody looks at, and the best rated of a kind."""

from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.permissions import Anyone
from freehold.api.serializers import StrictDateField, StrictIntegerField, StrictSerializer, TextField
from freehold.api.views import Endpoint
from freehold.domain.money import Money
from freehold.domain.party import MAX_ADULTS, MAX_CHILD_AGE, MAX_CHILDREN, Party
from freehold.inventory.similar import MAX_SIMILAR, USUAL_PARTY, SimilarPlace, similar_places
from freehold.properties.models import Listing, PropertyPicture
from freehold.properties.recommended import MAX_RECOMMENDED, covers_of, recommended_listings
from freehold.properties.selectors import picture_url, published_listing_place

CARD_WIDTH = 800

_SIMILAR = {
    "results": [
        {
            "listing_id": "01a1fdb9-d560-7627-88f7-275ae45d85f1",
            "slug": "loft-by-the-river-k7p2m9qx",
            "title": "Loft by the river",
            "city": "Boston",
            "neighbourhood": "Back Bay",
            "category": {"slug": "loft", "name": "Loft"},
            "rating": 4.87,
            "review_count": 112,
            "max_guests": 4,
            "bedrooms": 1,
            "beds": 2,
            "distance_km": 0.41,
            "score": 0.9312,
            "nightly": {"amount": "184.00", "currency": "USD"},
            "total": {"amount": "624.38", "currency": "USD"},
            "check_in": "2027-02-01",
            "check_out": "2027-02-04",
            "reason": "Also a loft in Back Bay, 0.4 km away, 8 % cheaper, free parking too",
            "picture": {"url": "https://example.com/media/pictures/loft-800.webp", "alt": "The living room"},
        }
    ]
}


class SimilarInput(StrictSerializer):
    check_in = StrictDateField(required=False)
    check_out = StrictDateField(required=False)
    guests = StrictIntegerField(min_value=1, max_value=MAX_ADULTS + MAX_CHILDREN, required=False)
    children = TextField(max_length=200, required=False, allow_blank=True, help_text="Ages of guests under age: 5,7")
    limit = StrictIntegerField(min_value=1, max_value=MAX_SIMILAR, default=6)

    def validate_children(self, text: str) -> tuple[int, ...]:
        age = StrictIntegerField(min_value=0, max_value=MAX_CHILD_AGE)
        ages = tuple(age.run_validation(part.strip()) for part in text.split(",") if part.strip())
        if len(ages) > MAX_CHILDREN:
            raise serializers.ValidationError(f"At most {MAX_CHILDREN} children.")
        return ages

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The party as one value; None when nothing was said about it."""
        ages = attrs.pop("children", ())
        guests = attrs.pop("guests", None)
        adults = USUAL_PARTY.adults if guests is None else guests - len(ages)
        if not 1 <= adults <= MAX_ADULTS:
            raise serializers.ValidationError({"guests": f"1 to {MAX_ADULTS} of the guests are adults."})
        return {**attrs, "party": Party(adults, ages) if ages or guests is not None else None}


class SimilarView(Endpoint):
    permission_classes = [Anyone]

    @extend_schema(
        operation_id="listings_similar",
        parameters=[SimilarInput],
        responses=OpenApiTypes.OBJECT,
        examples=[OpenApiExample("With dates", _SIMILAR, response_only=True)],
    )
    def get(self, request: Request, key: str) -> Response:
        """Listings like this one, the most alike first, each with the reason in words.

        Alike means: of the same family of categories, near, of a like price and size, with the same amenities. With
        dates only what is free then, with the `total` of the stay.
        """
        found = similar_places(published_listing_place(key=key), **self.query(SimilarInput))
        covers = covers_of([place.property_id for place in found])
        return Response({"results": [similar_answer(place, covers.get(place.property_id), request) for place in found]})


class RecommendedInput(StrictSerializer):
    category_id = serializers.UUIDField()
    limit = StrictIntegerField(min_value=1, max_value=MAX_RECOMMENDED, default=20)


class RecommendedView(Endpoint):
    permission_classes = [Anyone]

    @extend_schema(operation_id="properties_recommended", parameters=[RecommendedInput], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """The best rated properties of a category and all below it, one listing of each, with the reason in words.

        A rating of many guests counts more than the same of a few. The order may be a minute old.
        """
        found = recommended_listings(**self.query(RecommendedInput))
        return Response({"results": [_recommended_answer(listing, request) for listing in found]})


def similar_answer(place: SimilarPlace, cover: PropertyPicture | None, request: Request) -> dict[str, Any]:
    return {
        **place.to_json(),
        "city": place.city,
        "neighbourhood": place.neighbourhood,
        "category": {"slug": place.category, "name": place.category_name},
        "rating": None if place.rating is None else float(place.rating),
        "review_count": place.review_count,
        "max_guests": place.max_guests,
        "bedrooms": place.bedrooms,
        "beds": place.beds,
        "distance_km": place.distance_km,
        "score": place.score,
        "nightly": place.nightly.to_json(),
        "picture": _picture(cover, request),
    }


def _recommended_answer(listing: Listing, request: Request) -> dict[str, Any]:
    place = listing.property
    return {
        "property_id": str(place.pk),
        "listing_id": str(listing.pk),
        "slug": listing.slug,
        "title": listing.title,
        "mode": listing.mode,
        "city": place.city,
        "neighbourhood": place.neighbourhood,
        "category": {"slug": place.category.slug, "name": place.category.name},
        "rating": None if place.rating is None else float(place.rating),
        "review_count": place.review_count,
        "max_guests": listing.max_guests,
        "nightly": Money(listing.rate_plan.base_price_minor, listing.rate_plan.currency).to_json(),
        "picture": _picture(next(iter(place.gallery.all()), None), request),
        "reason": _standing_words(listing),
    }


def _standing_words(listing: Listing) -> str:
    place = listing.property
    if place.rating is None or not place.review_count:
        return "Not rated yet"
    guests = "1 guest" if place.review_count == 1 else f"{place.review_count} guests"
    return f"Rated {place.rating} by {guests}"


def _picture(shown: PropertyPicture | None, request: Request) -> dict[str, str] | None:
    if shown is None:
        return None
    return {"url": request.build_absolute_uri(picture_url(shown.picture, width=CARD_WIDTH)), "alt": shown.alt}


urlpatterns = [
    path("listings/<slug:key>/similar/", SimilarView.as_view(), name="listing-similar"),
    path("properties/recommended/", RecommendedView.as_view(), name="properties-recommended"),
]
