"""What is published: listings with their places, categories and the vocabulary of amenities."""

from datetime import date, timedelta
from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.pagination import CursorPagination
from freehold.api.permissions import Anyone
from freehold.api.serializers import StrictDateField, StrictSerializer
from freehold.api.views import Endpoint
from freehold.bookings.selectors import own_claims
from freehold.core import clock
from freehold.inventory.calendar import CalendarDay
from freehold.inventory.selectors import MAX_CALENDAR_DAYS, listing_calendar
from freehold.properties.models import Listing
from freehold.properties.selectors import (
    amenities,
    category_tree,
    facts_of,
    picture_url,
    published_listing,
    published_listing_id,
    published_listings,
)

WIDTHS = (400, 800, 1600)
DEFAULT_CALENDAR = timedelta(days=89)


class ListingsView(Endpoint):
    permission_classes = [Anyone]

    @extend_schema(operation_id="listings_list", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """All published listings, newest first. To find one, use search."""
        paginator = CursorPagination()
        page = paginator.paginate_queryset(published_listings(), request, view=self)
        return paginator.get_paginated_response([listing_answer(listing, request) for listing in page or []])


class ListingView(Endpoint):
    permission_classes = [Anyone]

    @extend_schema(operation_id="listings_retrieve", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, key: str) -> Response:
        """One published listing, by id or slug."""
        return Response(listing_answer(published_listing(key=key), request))


class CalendarInput(StrictSerializer):
    to = StrictDateField(required=False)

    def get_fields(self) -> dict[str, Any]:
        # A parameter of this name cannot be an attribute of a class.
        return {"from": StrictDateField(required=False), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # Today at the place that is furthest behind: tonight may still be had there.
        attrs.setdefault("from", (clock.now() - timedelta(hours=12)).date())
        attrs.setdefault("to", attrs["from"] + DEFAULT_CALENDAR)
        if not timedelta(0) <= attrs["to"] - attrs["from"] < timedelta(days=MAX_CALENDAR_DAYS):
            raise serializers.ValidationError({"to": f"Ask for 1 to {MAX_CALENDAR_DAYS} days, in order."})
        return attrs


class CalendarView(Endpoint):
    permission_classes = [Anyone]

    @extend_schema(
        operation_id="listings_calendar",
        parameters=[OpenApiParameter("from", date), OpenApiParameter("to", date)],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, key: str) -> Response:
        """Each day from `from` to `to` (both included, at most 18 months): free, or closed and why.

        A night is named by the date that it begins on: it is `available` when a stay that can be had contains it.
        `price` is the night's, before discounts, fees and taxes. A stay can be had from one day to another when one can
        arrive on the first and depart on the second, with `min_nights` to `max_nights` of the day of arrival. What you
        hold yourself is `held_by_you`.
        """
        wanted = self.query(CalendarInput)
        days = listing_calendar(
            listing_id=published_listing_id(key=key),
            start=wanted["from"],
            end=wanted["to"] + timedelta(days=1),
            own_claims=own_claims(user=request.user),
        )
        return Response({"days": [_day_answer(day) for day in days]})


def _day_answer(day: CalendarDay) -> dict[str, Any]:
    return {
        "date": day.date.isoformat(),
        "available": day.is_available,
        "reasons": [reason.to_json() for reason in day.reasons],
        "price": None if day.price is None else day.price.to_json(),
        "can_arrive": day.can_arrive,
        "arrival_reasons": [reason.to_json() for reason in day.arrival_reasons],
        "can_depart": day.can_depart,
        "departure_reasons": [reason.to_json() for reason in day.departure_reasons],
        "min_nights": day.min_nights,
        "max_nights": day.max_nights,
    }


class CategoriesView(Endpoint):
    permission_classes = [Anyone]

    @extend_schema(operation_id="categories_list", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """The tree of categories."""
        return Response({"results": category_tree()})


class AmenitiesView(Endpoint):
    permission_classes = [Anyone]

    @extend_schema(operation_id="amenities_list", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """The vocabulary of amenities."""
        rows = amenities().values("code", "name", "group", "icon")
        return Response({"results": list(rows)})


def listing_answer(listing: Listing, request: Request) -> dict[str, Any]:
    """A listing and its place as plain values; picture addresses are absolute."""
    place = listing.property
    facts = facts_of(listing)
    return {
        "id": str(listing.pk),
        "slug": listing.slug,
        "title": listing.title,
        "mode": listing.mode,
        "currency": listing.currency,
        "acceptance": listing.acceptance,
        "payment_terms": listing.payment_terms,
        "description": place.description,
        "category": {"name": place.category.name, "slug": place.category.slug},
        "company": {"id": str(listing.company_id), "name": listing.company.name},
        "host_name": place.host_name,
        "address": {
            "street": place.street,
            "neighbourhood": place.neighbourhood,
            "city": place.city,
            "region": place.region,
            "postal_code": place.postal_code,
            "country": place.country,
        },
        "latitude": place.latitude,
        "longitude": place.longitude,
        "time_zone": place.time_zone,
        "check_in_time": place.check_in_time.strftime("%H:%M"),
        "check_out_time": place.check_out_time.strftime("%H:%M"),
        "rating": float(place.rating) if place.rating is not None else None,
        "review_count": place.review_count,
        "max_guests": facts.max_guests,
        "bedrooms": facts.bedrooms,
        "beds": facts.beds,
        "bathrooms": str(facts.bathrooms),
        "min_nights": listing.min_nights,
        "max_nights": listing.max_nights,
        "amenities": [{"code": each.code, "name": each.name} for each in place.amenities.all()],
        "pictures": [
            {
                "alt": shown.alt,
                "urls": {
                    str(width): request.build_absolute_uri(picture_url(shown.picture, width=width)) for width in WIDTHS
                },
            }
            for shown in place.gallery.all()
        ],
    }


urlpatterns = [
    path("listings/", ListingsView.as_view(), name="listings"),
    path("listings/<slug:key>/", ListingView.as_view(), name="listing"),
    path("listings/<slug:key>/calendar/", CalendarView.as_view(), name="listing-calendar"),
    path("categories/", CategoriesView.as_view(), name="categories"),
    path("amenities/", AmenitiesView.as_view(), name="amenities"),
]
