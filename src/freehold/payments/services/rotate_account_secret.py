"""A new secret takes the place of an old one, while messages that were signed with the old one are still believed."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from freehold.core import clock, outside
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, NotFound
from freehold.core.secrets import seal
from freehold.payments.account_rules import check_manager, check_opens, sort_given
from freehold.payments.accounts import SEPARATOR, secrets_of
from freehold.payments.models import GatewayAccount, GatewaySecret
from freehold.payments.selectors import account_for_update

BOTH_COUNT_FOR = timedelta(days=4)
"""Providers send again for up to three days, signed as they signed the first time."""


def rotate_account_secret(*, actor: Actor, account_id: UUID, name: str, secret: str) -> GatewayAccount:
    """Both count for four days. The caller has proved again who they are. Raises NotFound, AccessDenied, BadInput."""
    with transaction.atomic():
        row = account_for_update(actor=actor, account_id=account_id)
        check_manager(actor=actor, company_id=row.company_id)
        connector, base_url = outside.any_connector(row.provider)
        field = next((field for field in connector.fields if field.name == name), None)
        if field is None or not field.rotates:
            raise BadInput("Of this only one is in use: change it instead.", code="not_rotating", attr="name")
        given = sort_given(connector, {name: secret}, is_new=False).secrets
        if not given:
            raise BadInput("Give the new secret.", code="required", attr="secret")
        kept = GatewaySecret.objects.select_for_update().filter(account=row, name=name).first()
        if kept is None:
            raise NotFound
        opened = secrets_of(row)
        old = opened[name].partition(SEPARATOR)[0]
        if old == given[name]:
            raise BadInput("This is the secret that is in use.", code="unchanged", attr="secret")
        check_opens(connector, base_url, row, {**opened, name: f"{given[name]}{SEPARATOR}{old}"})
        kept.previous, kept.sealed = kept.sealed, seal(given[name])
        kept.previous_until = clock.now() + BOTH_COUNT_FOR
        kept.save()
        row.revision += 1
        row.save(update_fields=["revision", "updated_at"])
    return row


def forget_replaced_secrets() -> int:
    """A job: what has been replaced for long enough counts no more. Returns how many secrets went."""
    gone = 0
    for secret in GatewaySecret.objects.filter(previous_until__lte=clock.DatabaseNow()).select_related("account"):
        with transaction.atomic():
            row = GatewayAccount.objects.system("replaced secrets").select_for_update(no_key=True)
            account = row.get(pk=secret.account_id)
            over = GatewaySecret.objects.filter(pk=secret.pk, previous_until__lte=clock.DatabaseNow())
            if over.update(previous="", previous_until=None):
                account.revision += 1
                account.save(update_fields=["revision", "updated_at"])
                gone += 1
    return gone
