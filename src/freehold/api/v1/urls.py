"""Addresses below /api/v1/: one line per resource family."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
