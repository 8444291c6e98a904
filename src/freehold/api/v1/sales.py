"""What is for sale: houses with the facts that buyers compare."""

from decimal import Decimal
from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.pagination import CursorPagination
from freehold.api.permissions import Anyone
from freehold.api.serializers import StrictDecimalField, StrictIntegerField, StrictSerializer, TextField
from freehold.api.v1.listings import WIDTHS
from freehold.api.views import Endpoint
from freehold.domain.money import Money
from freehold.properties.for_sale import SaleFilter, listings_for_sale, published_sale
from freehold.properties.models import Listing, SaleDetails
from freehold.properties.selectors import facts_of, picture_url

MAX_PRICE = Decimal(10**12)
MAX_AREA = 10**7


class SalesInput(StrictSerializer):
    q = TextField(max_length=200, required=False, allow_blank=True)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    min_price = StrictDecimalField(min_value=0, max_value=MAX_PRICE, decimal_places=4, required=False)
    max_price = StrictDecimalField(min_value=0, max_value=MAX_PRICE, decimal_places=4, required=False)
    bedrooms = StrictIntegerField(min_value=0, max_value=100, required=False)
    min_area = StrictIntegerField(min_value=0, max_value=MAX_AREA, required=False)
    cursor = TextField(max_length=300, required=False, allow_blank=True)
    page_size = serializers.CharField(required=False)


class SalesView(Endpoint):
    permission_classes = [Anyone]

    @extend_schema(operation_id="sales_list", parameters=[SalesInput], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Published listings for sale, newest first. Prices are amounts of `currency`, or else of the usual one.

        `q` is words of the address or title; `bedrooms` and `min_area` (square metres) are at least.
        """
        wanted = self.query(SalesInput)
        prices = {name: wanted[name] for name in ("min_price", "max_price", "bedrooms", "currency") if name in wanted}
        listings = listings_for_sale(SaleFilter(text=wanted.get("q", ""), area_m2=wanted.get("min_area"), **prices))
        paginator = CursorPagination()
        page = paginator.paginate_queryset(listings, request, view=self)
        return paginator.get_paginated_response([sale_answer(listing, request) for listing in page or []])


class SaleView(Endpoint):
    permission_classes = [Anyone]

    @extend_schema(operation_id="sales_retrieve", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, key: str) -> Response:
        """One published listing for sale, by id or slug."""
        return Response(sale_answer(published_sale(key=key), request))


def sale_answer(listing: Listing, request: Request) -> dict[str, Any]:
    """A listing for sale as plain values; areas in square metres, picture addresses absolute."""
    place, facts = listing.property, facts_of(listing)
    return {
        "id": str(listing.pk),
        "slug": listing.slug,
        "title": listing.title,
        "description": place.description,
        "category": {"name": place.category.name, "slug": place.category.slug},
        "company": {"id": str(listing.company_id), "name": listing.company.name},
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
        "bedrooms": facts.bedrooms,
        "bathrooms": str(facts.bathrooms),
        **_details(listing.sale, listing.currency),
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


def _details(sale: SaleDetails, currency: str) -> dict[str, Any]:
    return {
        "price": Money(sale.price_minor, currency).to_json(),
        "living_area_m2": sale.living_area_m2,
        "plot_area_m2": sale.plot_area_m2,
        "floors": None if sale.floors is None else str(sale.floors),
        "year_built": sale.year_built,
        "year_renovated": sale.year_renovated,
        "condition": sale.condition,
        "grade": sale.grade,
        "has_water_view": sale.has_water_view,
        "earlier_sales": [
            {"on": earlier["on"], "price": Money(earlier["price_minor"], currency).to_json()}
            for earlier in sale.earlier_sales
        ],
    }


urlpatterns = [
    path("sales/", SalesView.as_view(), name="sales"),
    path("sales/<slug:key>/", SaleView.as_view(), name="sale"),
]
