"""`manage reconcile`: asks about every payment that is due, and compares the providers' books with ours, now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from freehold.payments.models import Comparison
from freehold.payments.services.compare_ledgers import MOST_DAYS, compare_accounts, last_days
from freehold.payments.services.reconcile_due import reconcile_due


class Command(BaseCommand):
    help = "Asks providers about what is open, then compares their books with ours. Exit code 1 when they differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=2, help="how many days back (default 2)")

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["days"]
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(f"Between 1 and {MOST_DAYS} days.")
        asked = reconcile_due()
        self.stdout.write(f"{asked} payment(s) and refund(s) asked about.")
        wanted = last_days(days)
        found = compare_accounts(days=wanted)
        for row in Comparison.objects.filter(day__in=wanted).order_by("-day", "provider", "account"):
            said = f" ({row.error})" if row.error else ""
            self.stdout.write(f"{row.day} {row.provider} {row.account}: {row.state}, {row.lines} line(s){said}")
        self.stdout.write(f"{found} difference(s)." if found else "No differences.")
        failed = Comparison.objects.filter(day__in=wanted, state=Comparison.State.FAILED).exists()
        if found or failed:
            raise SystemExit(1)
