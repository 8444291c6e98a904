"""Registers the shared templates, tags and assets."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "freehold.web.ui"
    label = "web_ui"
