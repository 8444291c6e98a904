"""`manage verify`: asks the tables whether the promises hold. Exit code 1 when one does not."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from freehold.reports.integrity import CHECKS, verify


class Command(BaseCommand):
    help = "Checks overlaps, ledger, receivables, refunds, states and orphan claims in plain SQL."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = {finding.check.name: finding for finding in verify()}
        if options["json"]:
            report = {name: {"count": f.count, "examples": f.examples} for name, f in findings.items()}
            self.stdout.write(json.dumps({"clean": not findings, "findings": report}))
        else:
            self._print(findings)
        if findings:
            raise SystemExit(1)

    def _print(self, findings: dict[str, Any]) -> None:
        for check in CHECKS:
            finding = findings.get(check.name)
            if finding is None:
                self.stdout.write(f"{self.style.SUCCESS('ok')}    {check.promise}")
                continue
            self.stdout.write(f"{self.style.ERROR('BROKEN')} {check.promise} ({finding.count})")
            for example in finding.examples:
                self.stdout.write(f"         {example}")
        verdict = f"{len(findings)} of {len(CHECKS)} promises broken." if findings else "Every promise holds."
        self.stdout.write(verdict)
