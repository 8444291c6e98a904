"""Compare a gateway's own books with ours. Every difference is a line for a person; nothing is mended in silence."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import Q

from freehold.core import clock
from freehold.domain.money import Money
from freehold.domain.payment_states import RefundState
from freehold.payments.accounts import all_gateways
from freehold.payments.gateways import call
from freehold.payments.models import Charge, Payment, Refund, ReviewItem
from freehold.payments.services.note_refunded import EXTERNAL
from freehold.payments.services.open_review import open_review
from freehold.payments.types import Drift
from freehold.ports.payment_gateway import LedgerLine, PaymentProvider

log = structlog.get_logger(__name__)

SETTLE_TIME = timedelta(hours=1)
"""What happened just now may be in one of the two books only."""


def compare_yesterday() -> int:
    """Compares the last two days of every gateway that shows its books. Returns the number of differences."""
    until = clock.now() - SETTLE_TIME
    found = 0
    for gateway, company_id in all_gateways():
        if gateway.caps.ledger:
            found += _compare_one(gateway, company_id, until)
    return found


def _compare_one(gateway: PaymentProvider, company_id: UUID | None, until: datetime) -> int:
    """One account that does not answer, or makes no sense, keeps no other from being compared; tomorrow's two days
    include yesterday."""
    since = until - timedelta(days=2)
    try:
        return len(compare_ledgers(gateway=gateway, company_id=company_id, since=since, until=until))
    except Exception:  # the next one has its differences waiting too
        log.exception("ledger_not_compared", provider=gateway.slug, account=gateway.account)
        return 0


def compare_ledgers(
    *, gateway: PaymentProvider, company_id: UUID | None, since: datetime, until: datetime
) -> list[Drift]:
    """The differences in `since` <= time < `until`, each with a review item. Raises ProviderError."""
    lines = call(lambda: list(gateway.list_ledger(since, until)))
    drifts = [*_charges(gateway, lines, since, until), *_refunds(gateway, lines)]
    for drift in drifts:
        _report(gateway, company_id, drift)
    return drifts


def _charges(gateway: PaymentProvider, lines: list[LedgerLine], since: datetime, until: datetime) -> list[Drift]:
    theirs = {line.provider_id: line.amount for line in lines if line.kind == "payment"}
    charges = Charge.objects.system("compare ledgers").filter(provider=gateway.slug, account=gateway.account)
    named = charges.filter(charge_id__in=theirs)
    within = charges.filter(occurred_at__gte=since, occurred_at__lt=until)
    ours = {charge.charge_id: Money(charge.amount_minor, charge.currency) for charge in (named | within)}
    return [
        Drift(charge_id, "payment", theirs.get(charge_id), ours.get(charge_id))
        for charge_id in sorted(theirs.keys() | ours.keys())
        if theirs.get(charge_id) != ours.get(charge_id)
    ]


def _refunds(gateway: PaymentProvider, lines: list[LedgerLine]) -> list[Drift]:
    """What left, refund by refund. One that came back has two lines and sums to zero."""
    theirs: dict[str, int] = defaultdict(int)
    currency: dict[str, str] = {}
    payment_of: dict[str, str] = {}
    for line in lines:
        if line.kind == "refund":
            theirs[line.provider_id] -= line.amount.minor
            currency[line.provider_id] = line.amount.currency
            payment_of[line.provider_id] = line.related_id or ""
    ours = {
        refund.provider_id: refund.amount_minor if refund.state == RefundState.SUCCEEDED else 0
        for refund in Refund.objects.system("compare ledgers").filter(
            payment__provider=gateway.slug, payment__account=gateway.account, provider_id__in=theirs
        )
    }
    external = _externally_refunded(gateway, {name for name in payment_of.values() if name})
    return [
        Drift(refund_id, "refund", Money(minor, currency[refund_id]), _money(ours.get(refund_id), currency[refund_id]))
        for refund_id, minor in sorted(theirs.items())
        if ours.get(refund_id) != minor and (refund_id in ours or payment_of[refund_id] not in external)
    ]


def _externally_refunded(gateway: PaymentProvider, names: Iterable[str]) -> set[str]:
    """Objects and charges with a refund from the provider's dashboard: found by their totals, and under review
    already."""
    payments = Payment.objects.system("compare ledgers").filter(
        Q(object_id__in=names) | Q(charge_id__in=names), provider=gateway.slug, account=gateway.account
    )
    found = payments.filter(refunds__key__startswith=f"{EXTERNAL}:").values_list("object_id", "charge_id")
    return {name for both in found for name in both if name}


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)


def _report(gateway: PaymentProvider, company_id: UUID | None, drift: Drift) -> None:
    amount = drift.theirs or drift.ours
    open_review(
        kind=ReviewItem.Kind.DRIFT,
        key=f"drift:{gateway.slug}:{gateway.account}:{drift.provider_id}",
        detail=f"{drift.kind} {drift.provider_id}: the provider's books say {drift.theirs or 'nothing'}, "
        f"ours say {drift.ours or 'nothing'}.",
        company_id=company_id,
        amount=amount,
    )
