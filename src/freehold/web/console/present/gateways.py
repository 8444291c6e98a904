"""Accounts at payment providers, and the providers, in the words of the console."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from freehold.core.errors import BadInput
from freehold.core.outside import any_connector, credit_sources
from freehold.payments.models import GatewayAccount
from freehold.web.ui.status import Status


@dataclass(frozen=True, slots=True)
class Provider:
    slug: str
    name: str
    only_tells: bool  # of money that comes by itself: guests cannot choose it

    @classmethod
    def of(cls, slug: str) -> Provider:
        try:
            name = any_connector(slug)[0].label
        except BadInput:  # connected once, and not offered here any more
            name = slug
        return cls(slug, name, slug in credit_sources())


@dataclass(frozen=True, slots=True)
class Account:
    row: GatewayAccount
    provider: Provider
    status: Status
    being_replaced: list[str]

    @classmethod
    def of(cls, row: GatewayAccount) -> Account:
        """`secrets` are prefetched."""
        status = Status(gettext("On"), "good") if row.is_enabled else Status(gettext("Switched off"), "plain")
        replaced = [secret.name for secret in row.secrets.all() if secret.previous_until is not None]
        return cls(row, Provider.of(row.provider), status, replaced)
