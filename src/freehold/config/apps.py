"""The configuration as a Django app, so that wiring happens after every room is loaded."""

from django.apps import AppConfig


class FreeholdConfig(AppConfig):
    name = "freehold.config"
    label = "freehold"

    def ready(self) -> None:
        from freehold.config.wiring import wire

        wire()
