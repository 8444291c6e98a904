"""Addresses of the older APIs, below /api/: one line per API. Other spellings of them: aliases.py."""

from django.urls import include, path

urlpatterns = [
    path("", include("freehold.api.compat.estate.urls")),
    path("", include("freehold.api.compat.stays.urls")),
    path("", include("freehold.api.compat.resort.urls")),
]
