"""Holding a provider's lines against our rows: reads alone, a few queries however many lines there are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from freehold.domain.money import Money
from freehold.domain.payment_states import DisputeState, PayoutState, RefundState
from freehold.domain.reconciliation import DifferenceKind, agrees
from freehold.payments.models import Charge, Credit, Dispute, Payment, Refund, Transfer
from freehold.payments.services.note_refunded import EXTERNAL
from freehold.payments.transfers import transfers_in_books
from freehold.payments.types import Drift
from freehold.ports.payment_gateway import LedgerLine, PaymentProvider

UNDER_WAY = (PayoutState.CREATED, PayoutState.UNKNOWN, PayoutState.PENDING)

NAMED_WITHIN = timedelta(days=8)
"""How long before its first line an attempt may have been opened that is known by another name only."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What was held against what, and where the two differ."""

    lines: tuple[LedgerLine, ...]
    drifts: tuple[Drift, ...]
    totals: list[dict[str, object]]
    payments: dict[str, Payment] = field(default_factory=dict)


def compare(
    gateway: PaymentProvider,
    company_id: UUID | None,
    lines: Sequence[LedgerLine],
    since: datetime,
    until: datetime,
) -> Compared:
    """The lines of `since` <= time < `until` against ours. `lines` reach beyond both ends, since the two clocks, and
    the moments at which a refund is written down, are not the same."""
    within = tuple(line for line in lines if since <= line.occurred_at < until)
    payments = _payments_of(gateway, within, since)
    charges = _charges(gateway, company_id, within, payments, since, until)
    refunds = _refunds(gateway, lines, within, payments, since, until)
    disputes = _disputes(gateway, within, payments)
    rows = [*charges, *refunds, *disputes, *_payouts(gateway, lines, within)]
    drifts = tuple(row for row in rows if not agrees(row.theirs, row.ours))
    return Compared(within, drifts, _totals(rows), payments)


# --- whose money --------------------------------------------------------------------------------------------


def _at(gateway: PaymentProvider) -> dict[str, str]:
    return {"provider": gateway.slug, "account": gateway.account}


def _payments_of(gateway: PaymentProvider, lines: Sequence[LedgerLine], since: datetime) -> dict[str, Payment]:
    """Payments by every name that the lines use: their object, a charge, what a provider calls them besides, or ours
    where it echoes it."""
    names = {name for line in lines for name in (line.related_id, line.provider_id) if name}
    mine = Payment.objects.system("compare ledgers").filter(**_at(gateway))
    found = {payment.object_id: payment for payment in mine.filter(object_id__in=names)}
    charges = Charge.objects.system("compare ledgers").filter(**_at(gateway), charge_id__in=names)
    found |= {charge.charge_id: charge.payment for charge in charges.select_related("payment")}
    if names - found.keys():
        recent = mine.filter(created_at__gte=since - NAMED_WITHIN).exclude(provider_extra={})
        for payment in recent:
            for name in payment.provider_extra.values():
                if name in names:
                    found.setdefault(name, payment)
    echoed = {line.our_id: line for line in lines if line.our_id and payment_of(line, found) is None}
    for payment in mine.filter(pk__in=[name for name in echoed if _is_id(name)]):
        line = echoed[str(payment.pk)]
        found |= dict.fromkeys((line.related_id or line.provider_id, line.provider_id), payment)
    for line in lines:
        _know_both(found, line)
    return found


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _know_both(found: dict[str, Payment], line: LedgerLine) -> None:
    """A payment's line names the charge and the object that it belongs to."""
    if line.kind != "payment" or not line.related_id:
        return
    for name, other in ((line.related_id, line.provider_id), (line.provider_id, line.related_id)):
        if name in found:
            found.setdefault(other, found[name])


def payment_of(line: LedgerLine, payments: dict[str, Payment]) -> Payment | None:
    return payments.get(line.related_id or "") or payments.get(line.provider_id)


# --- kind by kind -------------------------------------------------------------------------------------------


def _charges(
    gateway: PaymentProvider,
    company_id: UUID | None,
    lines: Sequence[LedgerLine],
    payments: dict[str, Payment],
    since: datetime,
    until: datetime,
) -> list[Drift]:
    theirs = {line.provider_id: line for line in lines if line.kind == "payment"}
    charges = Charge.objects.system("compare ledgers").filter(**_at(gateway)).select_related("payment")
    known = charges.filter(Q(charge_id__in=theirs) | Q(occurred_at__gte=since, occurred_at__lt=until))
    ours = {charge.charge_id: charge for charge in known}
    kept = _kept_as_credits(gateway, company_id, theirs.keys() - ours.keys())
    rows = []
    for name in sorted(theirs.keys() | ours.keys()):
        line, charge = theirs.get(name), ours.get(name)
        rows.append(
            Drift(
                provider_id=name,
                kind=DifferenceKind.PAYMENT,
                theirs=line.amount if line else None,
                ours=Money(charge.amount_minor, charge.currency) if charge else kept.get(name),
                occurred_at=line.occurred_at if line else _occurred(charge),
                related_id=(line.related_id if line else "") or "",
                payment=charge.payment if charge else payment_of(line, payments) if line else None,
            )
        )
    return rows


def _occurred(charge: Charge | None) -> datetime:
    assert charge is not None  # a row is of one side at least
    return charge.occurred_at


def told_to(company_id: UUID | None, account: str) -> str:
    """How credits name the account that told of them."""
    return f"{company_id or 'installation'}/{account}"[:100]


def _kept_as_credits(gateway: PaymentProvider, company_id: UUID | None, names: Iterable[str]) -> dict[str, Money]:
    """Money that waits for somebody, or was allocated by them, is in our books as well."""
    credits = Credit.objects.filter(
        source=gateway.slug, told_to=told_to(company_id, gateway.account), external_id__in=list(names)
    )
    return {credit.external_id: Money(credit.amount_minor, credit.currency) for credit in credits}


def _refunds(
    gateway: PaymentProvider,
    lines: Sequence[LedgerLine],
    within: Sequence[LedgerLine],
    payments: dict[str, Payment],
    since: datetime,
    until: datetime,
) -> list[Drift]:
    """What left, refund by refund. One that came back has two lines and sums to zero."""
    theirs: dict[str, Money] = {}
    last: dict[str, LedgerLine] = {}
    for line in lines:
        if line.kind == "refund":
            theirs[line.provider_id] = theirs.get(line.provider_id, Money.zero(line.amount.currency)) - line.amount
            last[line.provider_id] = line
    wanted = {line.provider_id for line in within if line.kind == "refund"}
    mine = Refund.objects.system("compare ledgers").select_related("payment")
    mine = mine.filter(payment__provider=gateway.slug, payment__account=gateway.account)
    told_then = Q(called_at__gte=since, called_at__lt=until, state=RefundState.SUCCEEDED)
    ours = {row.provider_id: row for row in mine.exclude(provider_id="").filter(Q(provider_id__in=wanted) | told_then)}
    external = _externally_refunded(mine, payments)
    rows = []
    for name in sorted(wanted | (ours.keys() - theirs.keys())):
        line, refund = last.get(name), ours.get(name)
        payment = refund.payment if refund else payment_of(line, payments) if line else None
        if refund is None and payment is not None and payment.pk in external:
            continue  # found by the payment's totals, and under review already
        rows.append(
            Drift(
                provider_id=name,
                kind=DifferenceKind.REFUND,
                theirs=theirs.get(name),
                ours=_gone(refund) if refund else None,
                occurred_at=line.occurred_at if line else refund.called_at,  # type: ignore[union-attr,arg-type]
                related_id=(line.related_id if line else "") or "",
                payment=payment,
                refund=refund,
            )
        )
    return rows


def _gone(refund: Refund) -> Money:
    return Money(refund.amount_minor if refund.state == RefundState.SUCCEEDED else 0, refund.currency)


def _externally_refunded(mine: QuerySet[Refund], payments: dict[str, Payment]) -> set[UUID]:
    """Payments with a refund from the provider's dashboard."""
    found = mine.filter(key__startswith=f"{EXTERNAL}:", payment__in={payment.pk for payment in payments.values()})
    return set(found.values_list("payment_id", flat=True))


def _disputes(gateway: PaymentProvider, lines: Sequence[LedgerLine], payments: dict[str, Payment]) -> list[Drift]:
    """Money that a bank has taken and of which nobody told us; what came back later is on another day."""
    away: dict[str, Money] = {}
    last: dict[str, LedgerLine] = {}
    for line in lines:
        if line.kind == "dispute":
            away[line.provider_id] = away.get(line.provider_id, Money.zero(line.amount.currency)) - line.amount
            last[line.provider_id] = line
    disputes = Dispute.objects.system("compare ledgers").filter(
        payment__provider=gateway.slug, payment__account=gateway.account, provider_id__in=away
    )
    known = {dispute.provider_id: dispute for dispute in disputes.select_related("payment")}
    return [
        Drift(
            provider_id=name,
            kind=DifferenceKind.DISPUTE,
            theirs=amount,
            ours=_taken(known[name], amount) if name in known else None,
            occurred_at=last[name].occurred_at,
            related_id=last[name].related_id or "",
            payment=known[name].payment if name in known else payment_of(last[name], payments),
        )
        for name, amount in sorted(away.items())
        if amount.is_positive
    ]


def _taken(dispute: Dispute, amount: Money) -> Money:
    """A dispute that is over, or of which the books have something, was followed by its own messages."""
    is_followed = dispute.withdrawn_minor or dispute.state == DisputeState.WON
    return amount if is_followed else Money(0, dispute.currency)


def _payouts(gateway: PaymentProvider, lines: Sequence[LedgerLine], within: Sequence[LedgerLine]) -> list[Drift]:
    """What we have sent. A provider that pays its balance to the bank by itself has no transfer of ours behind it, and
    one that is under way is followed on its own."""
    wanted = {line.provider_id: line for line in within if line.kind == "payout"}
    under_way = Transfer.objects.system("compare ledgers").filter(
        **_at(gateway), provider_id__in=wanted, state__in=UNDER_WAY
    )
    names = wanted.keys() - set(under_way.values_list("provider_id", flat=True))
    ours = transfers_in_books(**_at(gateway), names=names)
    theirs: dict[str, Money] = {}
    for line in lines:
        if line.kind == "payout":
            theirs[line.provider_id] = theirs.get(line.provider_id, Money.zero(line.amount.currency)) - line.amount
    return [
        Drift(
            provider_id=name,
            kind=DifferenceKind.PAYOUT,
            theirs=theirs[name],
            ours=amount,
            occurred_at=wanted[name].occurred_at,
        )
        for name, amount in sorted(ours.items())
    ]


def _totals(rows: Iterable[Drift]) -> list[dict[str, object]]:
    """Sums of both sides by kind and currency."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        for side, amount in enumerate((row.theirs, row.ours)):
            if amount is not None:
                sums[row.kind.value, amount.currency][side] += amount.minor
    return [
        {"kind": kind, "currency": currency, "theirs": theirs, "ours": ours}
        for (kind, currency), (theirs, ours) in sorted(sums.items())
    ]
