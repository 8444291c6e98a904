"""`manage register_mpesa_addresses`: what payers send to a paybill or till by themselves is announced to us."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from freehold.core.actor import Actor
from freehold.core.errors import FreeholdError
from freehold.payments.services.register_addresses import accounts_to_tell, register_addresses


class Command(BaseCommand):
    help = (
        "Tells M-Pesa where to announce what payers send by themselves. Without --account it lists the accounts. With"
        " live keys M-Pesa takes it once only."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", default="", help="the account's name in our books")
        parser.add_argument(
            "--refuse-unheard", action="store_true", help="payments are sent back while this site cannot be reached"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        account: str = options["account"]
        if not account:
            self._list()
            return
        try:
            address = register_addresses(
                actor=Actor.system("register_mpesa_addresses"), account=account, completes=not options["refuse_unheard"]
            )
        except FreeholdError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(f"{account} announces credits to {address}")

    def _list(self) -> None:
        found = [f"{gateway.account}: {address}" for gateway, address in accounts_to_tell()]
        self.stdout.write("\n".join(found) or "There is no account that has to be told.")
