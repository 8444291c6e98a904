"""Comparisons and differences in the words of the desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from freehold.core.actor import Actor
from freehold.domain.money import Money
from freehold.domain.reconciliation import BY_SOMEBODY_ELSE, NEEDS_REASON, DifferenceKind, Repair, proposals
from freehold.payments.models import Comparison, Difference
from freehold.payments.services.repair_difference import sides_of
from freehold.web.console.tables import moment_cell
from freehold.web.site.present.providers import provider_choices
from freehold.web.ui.formats import money
from freehold.web.ui.status import Status


def comparison_status(state: str) -> Status:
    return {
        Comparison.State.QUEUED: Status(gettext("Waits its turn"), "plain"),
        Comparison.State.RUNNING: Status(gettext("Being compared"), "warn"),
        Comparison.State.AGREED: Status(gettext("Agreed"), "good"),
        Comparison.State.DIFFERS: Status(gettext("Differs"), "bad"),
        Comparison.State.FAILED: Status(gettext("Could not be compared"), "bad"),
        Comparison.State.NO_BOOKS: Status(gettext("Shows no books"), "plain"),
    }[Comparison.State(state)]


def kind_name(kind: str) -> str:
    return {
        DifferenceKind.PAYMENT: gettext("Payment"),
        DifferenceKind.REFUND: gettext("Refund"),
        DifferenceKind.DISPUTE: gettext("Chargeback"),
        DifferenceKind.FEE: gettext("Fee"),
        DifferenceKind.PAYOUT: gettext("Payout"),
    }[DifferenceKind(kind)]


def repair_words(repair: Repair) -> tuple[str, str]:
    """What the button says, and what it does or asks."""
    return {
        Repair.FETCH: (
            gettext("Ask the provider, and record it"),
            gettext("The provider is asked, and what it says enters the books."),
        ),
        Repair.CREDIT: (
            gettext("Keep as a credit"),
            gettext("The money waits under “What waits” until somebody says whose it is."),
        ),
        Repair.RECORD_DISPUTE: (
            gettext("Record the chargeback"),
            gettext("The books follow: the money is with the payer's bank."),
        ),
        Repair.MARK_FAILED: (
            gettext("It never left"),
            gettext("Why? Once somebody else agrees, the refund is owed again."),
        ),
        Repair.WRITE_OFF: (gettext("Write off"), gettext("Why? Somebody else has to agree.")),
        Repair.AGREE: (
            gettext("Agree to give it up"),
            gettext("The correction is written. What the guest has paid stays paid; a refund is owed again."),
        ),
        Repair.SETTLE: (gettext("Settle with a note"), gettext("What was done")),
    }[repair]


@dataclass(frozen=True, slots=True)
class DeskTotal:
    label: str
    theirs: Money
    ours: Money

    @property
    def is_same(self) -> bool:
        return self.theirs == self.ours


@dataclass(frozen=True, slots=True)
class DeskComparison:
    """One account and day. Of the installation's account a company sees its own differences, not others' money."""

    row: Comparison
    provider: str
    status: Status
    is_own: bool
    totals: list[DeskTotal]
    open_differences: int

    @classmethod
    def of(cls, row: Any) -> DeskComparison:
        is_own = row.company_id is not None
        state = row.state
        if not is_own and state == Comparison.State.DIFFERS and not row.open_differences:
            state = Comparison.State.AGREED
        totals = [
            DeskTotal(
                kind_name(each["kind"]),
                Money(each["theirs"], each["currency"]),
                Money(each["ours"], each["currency"]),
            )
            for each in (row.totals if is_own else [])
        ]
        provider = provider_choices([row.provider])[0].name
        return cls(row, provider, comparison_status(state), is_own, totals, row.open_differences)


@dataclass(frozen=True, slots=True)
class DeskStep:
    repair: Repair
    label: str
    words: str
    asks: bool


@dataclass(frozen=True, slots=True)
class DeskDifference:
    row: Difference
    name: str
    provider: str
    theirs: str
    ours: str
    reference: str
    steps: list[DeskStep]
    proposed_by: str

    @classmethod
    def of(cls, row: Difference, actor: Actor) -> DeskDifference:
        sides = sides_of(row)
        is_mine = sides.is_proposed and row.proposed_by_id == actor.user_id
        may = [step for step in proposals(sides) if not (is_mine and step in BY_SOMEBODY_ELSE)]
        return cls(
            row=row,
            name=kind_name(row.kind),
            provider=provider_choices([row.provider])[0].name,
            theirs=_side(sides.theirs),
            ours=_side(sides.ours),
            reference=row.payment.folio.reference if row.payment is not None else "",
            steps=[DeskStep(step, *repair_words(step), step in NEEDS_REASON) for step in may],
            proposed_by=str(row.proposed_by) if row.proposed_by is not None else "",
        )


def _side(amount: Money | None) -> str:
    return gettext("nothing") if amount is None else str(money(amount))


def difference_head() -> list[str]:
    return [
        gettext("Provider"),
        gettext("Account"),
        gettext("What"),
        gettext("Number there"),
        gettext("Booking"),
        gettext("When"),
        gettext("Currency"),
        gettext("The provider's books"),
        gettext("Our books"),
        gettext("Settled"),
        gettext("How"),
    ]


def difference_row(row: Difference, zone: str) -> list[str]:
    sides, review = sides_of(row), row.review
    return [
        row.provider,
        row.account,
        row.kind,
        row.provider_id,
        row.payment.folio.reference if row.payment is not None else "",
        moment_cell(row.occurred_at, zone),
        row.currency,
        sides.theirs.amount_text() if sides.theirs is not None else "",
        sides.ours.amount_text() if sides.ours is not None else "",
        moment_cell(review.resolved_at, zone),
        review.resolution,
    ]
