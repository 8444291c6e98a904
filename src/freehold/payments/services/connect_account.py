"""A company connects its own account at a payment provider: what guests pay to it goes there from then on."""

import re
from collections.abc import Mapping
from uuid import UUID

from django.db import IntegrityError, transaction

from freehold.core import outside
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.core.secrets import seal
from freehold.payments import by_hand
from freehold.payments.account_rules import check_manager, check_mode, check_opens, sort_given
from freehold.payments.accounts import new_notify_token
from freehold.payments.models import GatewayAccount, GatewaySecret, Payment

INSTALLED_SUFFIX = "-installation"
"""How accounts from the environment are called that were given no name."""

_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@+-]{0,59}")


def connect_account(
    *,
    actor: Actor,
    company_id: UUID,
    provider: str,
    account: str,
    values: Mapping[str, str],
    label: str = "",
    livemode: bool = True,
) -> GatewayAccount:
    """`account` is the account's name at the provider, `values` what the provider's fields ask for, secrets included.

    The caller has proved again who they are. Raises NotFound, AccessDenied, BadInput, Conflict `account_connected`
    when somebody has this very account or money was paid under its name, and `provider_connected` while another one of
    this provider is switched on.
    """
    check_manager(actor=actor, company_id=company_id)
    connector, base_url = outside.any_connector(provider)
    _check_name(account)
    check_mode(livemode=livemode)
    given = sort_given(connector, values, is_new=True)
    row = GatewayAccount(
        company_id=company_id,
        provider=provider,
        account=account,
        label=(label.strip() or connector.label)[:100],
        livemode=livemode,
        values=given.values,
        endpoint_token=new_notify_token(),
    )
    check_opens(connector, base_url, row, given.secrets)
    _check_free(provider, account)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            GatewaySecret.objects.bulk_create(
                GatewaySecret(account=row, name=name, sealed=seal(secret)) for name, secret in given.secrets.items()
            )
    except IntegrityError as error:
        raise _refusal(error) from error
    return row


def _check_name(account: str) -> None:
    if not _ACCOUNT.fullmatch(account):
        raise BadInput("The account's name at the provider: letters, digits and _ . @ + -", attr="account")
    if account.lower() == by_hand.ACCOUNT or account.lower().endswith(INSTALLED_SUFFIX):
        raise BadInput("This name stands for something else here.", code="reserved", attr="account")


def _check_free(provider: str, account: str) -> None:
    """What was paid under this name was paid elsewhere, at an account that the installation had once, say: these keys
    must not answer for it."""
    installed = outside.payment_gateways().get(provider)
    if installed is not None and installed.account == account:
        raise _taken()
    if Payment.objects.system("connect account").filter(provider=provider, account=account).exists():
        raise _taken()


def _refusal(error: IntegrityError) -> Conflict:
    return one_enabled() if "one_enabled" in str(error) else _taken()


def one_enabled() -> Conflict:
    return Conflict("Switch the other account of this provider off first.", code="provider_connected")


def _taken() -> Conflict:
    return Conflict("This account is connected already.", code="account_connected")
