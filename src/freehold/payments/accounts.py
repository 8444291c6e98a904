"""Which accounts there are at payment providers, and what stands behind them.

An installation may have one account per provider, from its environment; a company may connect its own, which then
come first for what is paid to this company. Rows are read anew each time; what was built of one is kept until the row
changes, in any process.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from freehold.core import clock, outside
from freehold.core.errors import BadInput, TemporarilyUnavailable
from freehold.core.secrets import UnreadableSecret, unseal
from freehold.domain.money import Money
from freehold.payments import by_hand
from freehold.payments.gateways import check_amount
from freehold.payments.models import GatewayAccount, GatewaySecret, Payment, Transfer
from freehold.ports.credit_source import CreditSource
from freehold.ports.payment_gateway import AccountConfig, Misconfigured, PaymentProvider

log = structlog.get_logger(__name__)

SEPARATOR = ","
"""Between the two secrets of a pair, while one is being replaced."""

NOTIFY_BYTES = 32

_ENDPOINTS = "freehold.payments: addresses of the installation's own accounts"
_built: dict[UUID, tuple[int, str, PaymentProvider]] = {}


@dataclass(frozen=True, slots=True)
class Door:
    """Where a message came in: the account that it is for, and whether the address was one that only we gave out."""

    gateway: PaymentProvider
    company_id: UUID | None
    token_ok: bool
    payment_id: UUID | None = None


# --- which account ----------------------------------------------------------------------------------------


def gateway_of(payment: Payment) -> PaymentProvider:
    """The account at which this payment was made. Raises Misconfigured when it is no longer connected."""
    gateway = find_gateway(provider=payment.provider, account=payment.account, company_id=payment.company_id)
    if gateway is None:
        raise Misconfigured("the account of this payment is not connected", code="account_not_connected")
    return gateway


def find_gateway(*, provider: str, account: str, company_id: UUID | None) -> PaymentProvider | None:
    """The account of this name, switched off or not; None if there is none. Raises Misconfigured.

    It is the company's own, or the installation's: another company's keys never open it. No company: the
    installation's alone.
    """
    if account == by_hand.ACCOUNT and provider in by_hand.WITHOUT_GATEWAY:
        return by_hand.ByHand(provider)
    if company_id is not None:
        row = GatewayAccount.objects.company(company_id).filter(provider=provider, account=account).first()
        if row is not None:
            return connected(row)
    installed = outside.payment_gateways().get(provider)
    return installed if installed is not None and installed.account == account else None


def offered_to(company_id: UUID) -> dict[str, PaymentProvider]:
    """What may be paid with at this company, by provider: its own accounts first, then the installation's."""
    offered: dict[str, PaymentProvider] = {}
    for row in _offered(_of_gateways(GatewayAccount.objects.company(company_id))):
        try:
            offered[row.provider] = connected(row)
        except Misconfigured:
            log.exception("gateway_account_unusable", account_id=str(row.pk), provider=row.provider)
    for slug, gateway in outside.payment_gateways().items():
        offered.setdefault(slug, gateway)
    return offered


def _of_gateways(rows: QuerySet[GatewayAccount]) -> QuerySet[GatewayAccount]:
    """Without the accounts of banks that only tell of credits."""
    return rows.exclude(provider__in=outside.credit_sources()).order_by("created_at", "id")


def _offered(rows: QuerySet[GatewayAccount]) -> QuerySet[GatewayAccount]:
    """Without those that are switched off, and where guests pay real money, without those of test keys."""
    enabled = rows.filter(is_enabled=True)
    return enabled.filter(livemode=True) if settings.ONLY_LIVE_GATEWAYS else enabled


def choose_gateway(*, company_id: UUID, provider: str) -> PaymentProvider:
    """The account at which this company is paid. Raises BadInput for a provider that it does not offer."""
    own = _offered(_of_gateways(GatewayAccount.objects.company(company_id))).filter(provider=provider).first()
    installed = outside.payment_gateways().get(provider)
    if own is not None:
        return connected(own)
    if installed is None:
        raise outside.unknown_provider(provider)
    return installed


def accepting(*, company_id: UUID, amount: Money) -> dict[str, PaymentProvider]:
    """Those of `offered_to` that take this amount in this currency."""
    return {slug: gateway for slug, gateway in offered_to(company_id).items() if _takes(gateway, amount)}


def check_payable(*, company_id: UUID, provider: str, amount: Money) -> None:
    """Raises BadInput for a provider or an amount that cannot be paid with, TemporarilyUnavailable for an account that
    does not open."""
    try:
        gateway = choose_gateway(company_id=company_id, provider=provider)
    except Misconfigured as error:
        raise TemporarilyUnavailable("This payment provider cannot be used at present.", retry_after=60) from error
    check_amount(gateway.caps, amount)


def _takes(gateway: PaymentProvider, amount: Money) -> bool:
    try:
        check_amount(gateway.caps, amount)
    except BadInput:
        return False
    return True


def all_gateways() -> Iterator[tuple[PaymentProvider, UUID | None]]:
    """Every account with the company whose it is, switched off ones too: money may still move there."""
    for gateway in outside.payment_gateways().values():
        yield gateway, None
    for row in _of_gateways(GatewayAccount.objects.system("all accounts")):
        try:
            yield connected(row), row.company_id
        except Misconfigured:
            log.exception("gateway_account_unusable", account_id=str(row.pk), provider=row.provider)


def unusable_accounts() -> list[GatewayAccount]:
    """Those that `all_gateways` leaves out: what is stored of them opens nothing."""
    return [row for row in _of_gateways(GatewayAccount.objects.system("all accounts")) if not _opens(row)]


def _opens(row: GatewayAccount) -> bool:
    try:
        connected(row)
    except Misconfigured:
        return False
    return True


# --- what stands behind a row -----------------------------------------------------------------------------


def connected(row: GatewayAccount) -> PaymentProvider:
    """Raises Misconfigured when the provider is not here any more, or what is stored does not open the account."""
    try:
        connector, base_url = outside.connector(row.provider)
    except BadInput as error:
        raise Misconfigured("this provider is not available here", code="unknown_provider") from error
    known = _built.get(row.pk)
    if known is not None and known[:2] == (row.revision, base_url):
        return known[2]
    try:
        gateway = build(connector.connect, base_url, row, secrets_of(row))
    except (ValueError, UnreadableSecret) as error:
        raise Misconfigured("what is stored of this account does not open it", code="account_unusable") from error
    _built[row.pk] = (row.revision, base_url, gateway)
    return gateway


def build[Built](
    connect: Callable[[AccountConfig], Built], base_url: str, row: GatewayAccount, secrets: Mapping[str, str]
) -> Built:
    """Raises ValueError for values that describe no account."""
    return connect(
        AccountConfig(
            account=row.account,
            livemode=row.livemode,
            values={**row.values, **secrets},
            tokens=outside.token_store(),
            base_url=base_url,
            notify_url=notify_url(row.provider, row.endpoint_token),
        )
    )


def credit_source_of(*, token: str, source: str = "") -> tuple[CreditSource, UUID] | None:
    """The bank behind this address, and whose account there it is: one that is switched off still hears of money that
    came. Raises Misconfigured."""
    rows = GatewayAccount.objects.system("credit notice").filter(provider__in=outside.credit_sources())
    row = rows.filter(endpoint_token=token, **({"provider": source} if source else {})).first()
    return None if row is None else (_bank_of(row), row.company_id)


def find_credit_source(*, source: str, account: str) -> CreditSource | None:
    """The bank's account of this name, switched off or not; None if there is none. Raises Misconfigured."""
    if source not in outside.credit_sources():
        return None
    row = GatewayAccount.objects.system("credit notice").filter(provider=source, account=account).first()
    return None if row is None else _bank_of(row)


def _bank_of(row: GatewayAccount) -> CreditSource:
    try:
        return build(outside.credit_sources()[row.provider].connect, "", row, secrets_of(row))
    except (ValueError, UnreadableSecret) as error:
        raise Misconfigured("what is stored of this account does not open it", code="account_unusable") from error


def secrets_of(row: GatewayAccount) -> dict[str, str]:
    """Opened, by name; a pair while one of them is being replaced. Raises UnreadableSecret."""
    return {secret.name: _pair(secret) for secret in GatewaySecret.objects.filter(account=row)}


def _pair(secret: GatewaySecret) -> str:
    current = unseal(secret.sealed)
    is_over = secret.previous_until is None or secret.previous_until <= clock.now()
    return current if is_over or not secret.previous else f"{current}{SEPARATOR}{unseal(secret.previous)}"


# --- addresses --------------------------------------------------------------------------------------------


def new_notify_token() -> str:
    """Part of an address where a provider sends its messages. Hexadecimal: M-Pesa refuses addresses with certain words,
    like "exe" and "sql", and would refuse the payments whose letters happen to spell one."""
    return secrets.token_hex(NOTIFY_BYTES)


def notify_url(provider: str, token: str) -> str:
    """Where the gateway sends its messages; the token cannot be guessed."""
    source, gateway = outside.credit_sources().get(provider), outside.connectors().get(provider)
    known = source or gateway
    path = f"webhooks/{provider}" if source is None else f"instant-payment-notification/{provider}"
    if known is not None and known.quiet_address:
        path = "paymentcallback"
    return f"{settings.SITE_URL}/api/v1/{path}/{token}/"


def installed_endpoint(provider: str, account: str) -> str:
    """The token of the address that the installation's own account is told in the provider's dashboard."""
    return salted_hmac(_ENDPOINTS, f"{provider}:{account}", algorithm="sha256").hexdigest()


def door_of(*, token: str, provider: str = "") -> Door | None:
    """The account that a token of an address leads to: a payment's, an account's own, or the installation's.

    A named provider without a known token is still its installation's account, where a signature decides. Raises
    Misconfigured.
    """
    # First what needs no question to the database: most messages come to an address of the installation.
    named = [each for slug, each in outside.payment_gateways().items() if provider in ("", slug)]
    for gateway in named:
        if constant_time_compare(installed_endpoint(gateway.slug, gateway.account), token):
            return Door(gateway, None, token_ok=True)
    payments = Payment.objects.system("webhook").filter(notify_token=token)
    accounts = _of_gateways(GatewayAccount.objects.system("webhook")).filter(endpoint_token=token)
    payment = payments.filter(provider=provider).first() if provider else payments.first()
    if payment is not None:
        return _door_of_payment(payment)
    row = accounts.filter(provider=provider).first() if provider else accounts.first()
    if row is not None:
        return Door(connected(row), row.company_id, token_ok=True)
    transfer = Transfer.objects.system("webhook").filter(notify_token=token).first()
    if transfer is not None and provider in ("", transfer.provider):
        return _door_of_transfer(transfer)
    return Door(named[0], None, token_ok=False) if provider and named else None


def doors_of(provider: str) -> Iterator[Door]:
    """Every account at this provider, the installation's first: for messages that came to an address which names none.

    Those that are switched off hear of their money too, after the others. What cannot be opened is left out.
    """
    installed = outside.payment_gateways().get(provider)
    if installed is not None:
        yield Door(installed, None, token_ok=False)
    rows = _of_gateways(GatewayAccount.objects.system("webhook")).filter(provider=provider)
    for row in rows.order_by("-is_enabled", "created_at", "id"):
        try:
            yield Door(connected(row), row.company_id, token_ok=False)
        except Misconfigured:
            log.exception("gateway_account_unusable", account_id=str(row.pk), provider=provider)


def _door_of_payment(payment: Payment) -> Door:
    gateway = gateway_of(payment)
    is_installed = gateway is outside.payment_gateways().get(payment.provider)
    return Door(gateway, None if is_installed else payment.company_id, token_ok=True, payment_id=payment.pk)


def _door_of_transfer(transfer: Transfer) -> Door | None:
    gateway = find_gateway(provider=transfer.provider, account=transfer.account, company_id=transfer.company_id)
    if gateway is None:
        return None
    is_installed = gateway is outside.payment_gateways().get(transfer.provider)
    return Door(gateway, None if is_installed else transfer.company_id, token_ok=True)
