"""Addresses of the resort API, below /api/, in the one spelling that aliases.py leads to."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
