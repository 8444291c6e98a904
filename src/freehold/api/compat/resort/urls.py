"""Addresses of the resort API, below /api/."""

from django.urls import include, path

urlpatterns = [
    path("", include("freehold.api.compat.resort.auth")),
    path("", include("freehold.api.compat.resort.rooms")),
    path("", include("freehold.api.compat.resort.bookings")),
    path("", include("freehold.api.compat.resort.payments")),
]
