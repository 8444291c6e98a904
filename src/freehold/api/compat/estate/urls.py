"""Addresses of the estate API, below /api/."""

from django.urls import include, path

urlpatterns = [
    path("", include("freehold.api.compat.estate.webhooks")),
    path("", include("freehold.api.compat.estate.auth")),
    path("", include("freehold.api.compat.estate.places")),
    path("", include("freehold.api.compat.estate.bookings")),
    path("", include("freehold.api.compat.estate.payments")),
]
