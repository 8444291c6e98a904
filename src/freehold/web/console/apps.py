"""Registers the console's templates."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "freehold.web.console"
    label = "web_console"
