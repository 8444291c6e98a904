"""`manage gateway_addresses`: what to enter in the dashboards of the installation's own providers."""

from typing import Any

from django.core.management.base import BaseCommand

from freehold.core.outside import payment_gateways
from freehold.payments.accounts import installed_endpoint, notify_url


class Command(BaseCommand):
    help = "The addresses to which the providers of the installation's own accounts send their messages."

    def handle(self, *args: Any, **options: Any) -> None:
        for gateway in payment_gateways().values():
            address = notify_url(gateway.slug, installed_endpoint(gateway.slug, gateway.account))
            self.stdout.write(f"{gateway.slug} ({gateway.account}): {address}")
