"""`manage create_company "Hanna Inn" --currency EUR --owner hanna@example.com`: a business and its administrator."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from freehold.accounts.models import User
from freehold.companies.services.create_company import create_company
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.domain.errors import DomainError


class Command(BaseCommand):
    help = "Opens a company for an account that exists, which becomes its administrator and can invite others."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="the account's address")
        parser.add_argument("--currency", required=True, help="of its books and prices, as EUR")
        parser.add_argument("--time-zone", default="UTC", help="as Europe/Lisbon (default UTC)")
        parser.add_argument("--slug", default="", help="its short name in addresses (default: from the name)")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(email__iexact=options["owner"], is_active=True).first()
        if owner is None:
            raise CommandError(f"There is no active account with the address {options['owner']}.")
        try:
            company = create_company(
                actor=Actor.of(owner),
                name=options["name"],
                currency=options["currency"].upper(),
                time_zone=options["time_zone"],
                slug=options["slug"],
            )
        except BadInput as refusal:
            raise CommandError(refusal.detail) from None
        except DomainError as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{company.name} ({company.slug}) is open; {owner.email} is its administrator.")
