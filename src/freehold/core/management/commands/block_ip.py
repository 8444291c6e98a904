"""`manage block_ip ADDRESS --for 2d --reason "..."`: an address or a network gets no answer for a while."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from freehold.core.actor import Actor
from freehold.core.blocks import block_network, parse_duration
from freehold.core.errors import BadInput


class Command(BaseCommand):
    help = "Blocks an address or a network (IPv4 or IPv6) for a while. Blocking again sets a new end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("network", metavar="ADDRESS", help="192.0.2.7, 192.0.2.0/24 or 2001:db8::/48")
        parser.add_argument("--for", dest="duration", default="1d", help="30m, 12h, 2d or 1w (default 1d)")
        parser.add_argument("--reason", required=True, help="why, for whoever asks later")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            block = block_network(
                actor=Actor.system("block_ip"),
                network=options["network"],
                duration=parse_duration(options["duration"]),
                reason=options["reason"],
            )
        except BadInput as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(f"{block.network} is blocked until {block.expires_at:%Y-%m-%d %H:%M} UTC.")
