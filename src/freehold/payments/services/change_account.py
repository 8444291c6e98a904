"""A company changes what it has connected: names, keys, or whether new payments go there."""

from collections.abc import Mapping
from uuid import UUID

from django.db import IntegrityError, transaction

from freehold.core import outside
from freehold.core.actor import Actor
from freehold.core.secrets import seal
from freehold.payments.account_rules import check_manager, check_opens, sort_given
from freehold.payments.accounts import secrets_of
from freehold.payments.models import GatewayAccount, GatewaySecret
from freehold.payments.selectors import account_for_update
from freehold.payments.services.connect_account import one_enabled


def change_account(
    *,
    actor: Actor,
    account_id: UUID,
    label: str | None = None,
    values: Mapping[str, str] | None = None,
    is_enabled: bool | None = None,
) -> GatewayAccount:
    """Changes what is given; a secret that is left empty stays. Switched off, an account takes no new payments, while
    what was paid there is still heard of, asked about and refunded.

    The caller has proved again who they are. Raises NotFound, AccessDenied, BadInput, Conflict `provider_connected`.
    """
    with transaction.atomic():
        row = account_for_update(actor=actor, account_id=account_id)
        check_manager(actor=actor, company_id=row.company_id)
        if label is not None and label.strip():
            row.label = label.strip()[:100]
        if values:
            _take_values(row, values)
        if is_enabled is not None:
            row.is_enabled = is_enabled
        row.revision += 1
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise one_enabled() from error
    return row


def _take_values(row: GatewayAccount, values: Mapping[str, str]) -> None:
    connector, base_url = outside.any_connector(row.provider)
    given = sort_given(connector, values, is_new=False)
    row.values = {**row.values, **given.values}
    check_opens(connector, base_url, row, {**secrets_of(row), **given.secrets})
    for name, secret in given.secrets.items():
        changed = {"sealed": seal(secret), "previous": "", "previous_until": None}
        GatewaySecret.objects.update_or_create(account=row, name=name, defaults=changed)
