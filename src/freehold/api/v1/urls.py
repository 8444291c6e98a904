"""Addresses below /api/v1/: one line per resource family."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    # First, because gateways send by the hundred and give up on who is slow.
    path("", include("freehold.api.v1.webhooks")),
    path("", include("freehold.api.v1.auth")),
    path("", include("freehold.api.v1.factors")),
    path("", include("freehold.api.v1.phone_codes")),
    path("", include("freehold.api.v1.auth_cookie")),
    path("", include("freehold.api.v1.social")),
    path("", include("freehold.api.v1.devices")),
    path("", include("freehold.api.v1.me")),
    path("", include("freehold.api.v1.privacy")),
    path("", include("freehold.api.v1.companies")),
    path("", include("freehold.api.v1.members")),
    path("", include("freehold.api.v1.invitations")),
    path("", include("freehold.api.v1.api_keys")),
    path("", include("freehold.api.v1.impersonations")),
    path("", include("freehold.api.v1.search")),
    path("", include("freehold.api.v1.listings")),
    path("", include("freehold.api.v1.slots")),
    path("", include("freehold.api.v1.rooms")),
    path("", include("freehold.api.v1.recommendations")),
    path("", include("freehold.api.v1.sales")),
    path("", include("freehold.api.v1.listings_host")),
    path("", include("freehold.api.v1.listings_host_list")),
    path("", include("freehold.api.v1.listings_host_places")),
    path("", include("freehold.api.v1.rules_host")),
    path("", include("freehold.api.v1.quotes")),
    path("", include("freehold.api.v1.bookings")),
    path("", include("freehold.api.v1.booking_changes")),
    path("", include("freehold.api.v1.bookings_host")),
    path("", include("freehold.api.v1.gateway_accounts")),
    path("", include("freehold.api.v1.money_desk")),
    path("", include("freehold.api.v1.refunds_host")),
    path("", include("freehold.api.v1.payments")),
]
