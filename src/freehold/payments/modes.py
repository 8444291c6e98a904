"""Which payments are no real money: those at accounts that were connected with test keys."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from freehold.core import outside
from freehold.payments import by_hand
from freehold.payments.models import GatewayAccount, Payment
from freehold.ports.payment_gateway import PaymentProvider

type Pair = tuple[str, str]
"""A provider, and the account's name there: of one account only, for ever."""


def payments_in_test_mode(payments: Iterable[Payment]) -> frozenset[UUID]:
    """Of these payments those in test mode. At most one query, none where all are at the installation's accounts."""
    pairs = {payment.pk: (payment.provider, payment.account) for payment in payments}
    known = _in_test_mode(set(pairs.values()))
    return frozenset(pk for pk, pair in pairs.items() if pair in known)


def choices_in_test_mode(gateways: Mapping[str, PaymentProvider]) -> frozenset[str]:
    """Of what a payer may choose from that which takes no real money."""
    pairs = {slug: (slug, gateway.account) for slug, gateway in gateways.items()}
    known = _in_test_mode(set(pairs.values()))
    return frozenset(slug for slug, pair in pairs.items() if pair in known)


def _in_test_mode(pairs: Collection[Pair]) -> set[Pair]:
    installed = {(slug, gateway.account) for slug, gateway in outside.payment_gateways().items()}
    known = {pair for pair in pairs if pair in installed and pair[0] in outside.test_gateways()}
    others = {pair for pair in pairs if pair not in installed and pair[1] != by_hand.ACCOUNT}
    if others:
        rows = GatewayAccount.objects.system("test mode").filter(
            livemode=False, account__in={account for _provider, account in others}
        )
        known |= others.intersection(rows.values_list("provider", "account"))
    return known
