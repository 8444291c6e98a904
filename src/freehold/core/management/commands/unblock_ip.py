"""`manage unblock_ip ADDRESS`: a block ends before its time."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from freehold.core.actor import Actor
from freehold.core.blocks import parse_network, unblock_network
from freehold.core.errors import BadInput, NotFound


class Command(BaseCommand):
    help = "Ends the block of an address or a network, as `blocked_ips` shows it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("network", metavar="ADDRESS")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            unblock_network(actor=Actor.system("unblock_ip"), network=options["network"])
        except (BadInput, NotFound) as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(f"{parse_network(options['network'])} is answered again.")
