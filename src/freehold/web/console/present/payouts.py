"""Payments out in the words of the desk: states as badges, one story, and what may be done next."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext

from freehold.domain.outgoing_states import OutgoingState, OutgoingStep, steps_from
from freehold.finance.destinations import BY_HAND
from freehold.finance.outgoings import amount_of
from freehold.web.console.present.money import Line, review_name
from freehold.web.console.tables import moment_cell
from freehold.web.ui.status import Status

if TYPE_CHECKING:
    from freehold.finance.models import Outgoing
    from freehold.payments.models import Transfer


def outgoing_status(state: str) -> Status:
    return {
        OutgoingState.DRAFT: Status(gettext("Draft"), "plain"),
        OutgoingState.SUBMITTED: Status(gettext("To be approved"), "warn"),
        OutgoingState.APPROVED: Status(gettext("Approved"), "warn"),
        OutgoingState.SENDING: Status(gettext("On its way"), "warn"),
        OutgoingState.PAID: Status(gettext("Paid"), "good"),
        OutgoingState.FAILED: Status(gettext("Failed"), "bad"),
        OutgoingState.RETURNED: Status(gettext("Came back"), "bad"),
        OutgoingState.CANCELLED: Status(gettext("Cancelled"), "plain"),
    }[OutgoingState(state)]


class DeskOutgoing:
    """Reads one payment out, with its transfer where the page shows it; asks the database nothing."""

    def __init__(self, outgoing: Outgoing, transfer: Transfer | None = None, person: UUID | None = None) -> None:
        self.outgoing = outgoing
        self.transfer = transfer
        self.status = outgoing_status(outgoing.state)
        self.amount = amount_of(outgoing)
        self.kind = gettext("Payout") if outgoing.kind == "payout" else gettext("Expense")
        self.time_zone = outgoing.company.time_zone
        self.is_by_hand = outgoing.destination.provider in BY_HAND
        self.is_mine = person in outgoing.makers
        self._steps = steps_from(OutgoingState(outgoing.state))

    @property
    def may_edit(self) -> bool:
        return OutgoingStep.EDIT in self._steps

    @property
    def may_submit(self) -> bool:
        return OutgoingStep.SUBMIT in self._steps

    @property
    def may_be_approved(self) -> bool:
        return OutgoingStep.APPROVE in self._steps and not self.is_mine

    @property
    def may_cancel(self) -> bool:
        return OutgoingStep.CANCEL in self._steps

    @property
    def waits_for_hand(self) -> bool:
        return self.is_by_hand and self.outgoing.state == OutgoingState.APPROVED

    @property
    def waits_for_account(self) -> bool:
        return not self.is_by_hand and self.outgoing.state == OutgoingState.APPROVED

    @property
    def may_repeat(self) -> bool:
        return self.outgoing.state in (OutgoingState.FAILED, OutgoingState.RETURNED)

    @property
    def has_question(self) -> bool:
        items = self.transfer.review_items.all() if self.transfer else ()
        return any(item.kind in ("no_answer", "disagreement") and item.resolved_at is None for item in items)

    @property
    def may_have_come_back(self) -> bool:
        return self.is_by_hand and self.outgoing.state == OutgoingState.PAID

    @property
    def story(self) -> list[Line]:
        row, said = self.outgoing, [Line(self.outgoing.created_at, gettext("Drafted"), str(self.outgoing.created_by))]
        if row.submitted_at is not None:
            said.append(Line(row.submitted_at, gettext("Submitted"), str(row.submitted_by)))
        if row.approved_at is not None:
            said.append(Line(row.approved_at, gettext("Approved"), str(row.approved_by)))
        if row.paid_at is not None:
            said.append(Line(row.paid_at, gettext("Paid")))
        if row.ended_at is not None and row.state != OutgoingState.PAID:
            said.append(Line(row.ended_at, self.status.label, row.note or row.error_code))
        if self.transfer is not None:
            said += [
                Line(event.created_at, gettext("Message of the provider: %(type)s") % {"type": event.type}, event.note)
                for event in self.transfer.events.all()
            ]
            said += [
                Line(item.created_at, review_name(item.kind), item.detail) for item in self.transfer.review_items.all()
            ]
        return sorted(said, key=attrgetter("at"))


def export_head() -> list[str]:
    return [
        gettext("Reference"),
        gettext("Kind"),
        gettext("Status"),
        gettext("Payee"),
        gettext("Where"),
        gettext("For"),
        gettext("Category"),
        gettext("Document"),
        gettext("Due"),
        gettext("Currency"),
        gettext("Amount"),
        gettext("Paid"),
    ]


def export_row(shown: DeskOutgoing, zone: str) -> list[str]:
    row = shown.outgoing
    return [
        row.reference,
        row.kind,
        row.state,
        row.payee.name,
        row.destination.hint,
        row.description,
        row.category,
        row.document,
        row.due_on.isoformat() if row.due_on else "",
        row.currency,
        shown.amount.amount_text(),
        moment_cell(row.paid_at, zone),
    ]
