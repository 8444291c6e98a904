"""`manage reseal_secrets`: after a new key was put in front of FREEHOLD_ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from freehold.accounts.services.reseal_factors import reseal_factors
from freehold.core.actor import Actor
from freehold.core.secrets import UnreadableSecret
from freehold.finance.services.reseal_destinations import reseal_destinations
from freehold.payments.services.reseal_accounts import reseal_accounts


class Command(BaseCommand):
    help = "Writes the secrets of the database under the first encryption key; then older keys may go."

    def handle(self, *args: Any, **options: Any) -> None:
        actor = Actor.system("reseal_secrets")
        try:
            done = sum(each(actor=actor) for each in (reseal_factors, reseal_accounts, reseal_destinations))
        except UnreadableSecret as error:
            raise CommandError(f"{error} Put the key back that was taken away, and run this again.") from None
        self.stdout.write(f"{done} secret(s) are written under the first key.")
