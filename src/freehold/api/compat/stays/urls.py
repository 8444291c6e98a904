"""Addresses of the stays API, below /api/, in the one spelling that aliases.py leads to."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
