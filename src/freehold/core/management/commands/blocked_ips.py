"""`manage blocked_ips`: who gets no answer, until when, and why."""

from typing import Any

from django.core.management.base import BaseCommand

from freehold.core.blocks import current_blocks


class Command(BaseCommand):
    help = "Lists the blocked addresses and networks, the first to end first."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(current_blocks())
        for block in found:
            until = f"{block.expires_at:%Y-%m-%d %H:%M}"
            self.stdout.write(f"{block.network:<43} until {until} UTC  {block.reason} ({block.created_by})")
        if not found:
            self.stdout.write("Nobody is blocked.")
