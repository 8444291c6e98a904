"""Registers the guest site's templates and pictures."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "freehold.web.site"
    label = "web_site"
