"""`manage rebuild_search`: makes the search rows again from what they are made of."""

from typing import Any

from django.core.management.base import BaseCommand

from freehold.inventory.services.rebuild_search import rebuild_search


class Command(BaseCommand):
    help = "Makes the search rows again: facts, prices and taken nights of every published listing."

    def handle(self, *args: Any, **options: Any) -> None:
        count = rebuild_search(progress=self._say)
        self.stdout.write(f"{count} listings can be found.")

    def _say(self, done: int, total: int) -> None:
        self.stdout.write(f"{done} of {total}")
