"""What became of an approved payment out. Called by who sends it, in the transaction that records it there."""

from datetime import datetime
from uuid import UUID

from freehold.domain import ledger
from freehold.domain.outgoing_states import OutgoingStep
from freehold.finance.models import Outgoing
from freehold.finance.outgoings import amount_of, check_debt_stands, entry_key, lock_with_payee, take_step
from freehold.finance.services.post_entry import post_company_entry


def begin_sending(*, outgoing_id: UUID) -> Outgoing:
    """From here on nobody cancels it. Raises NotFound, Conflict (`outgoing_<state>`, `debt_<state>`)."""
    outgoing = lock_with_payee(outgoing_id)
    take_step(outgoing, OutgoingStep.SEND)
    check_debt_stands(outgoing)
    outgoing.save()
    return outgoing


def mark_paid(*, outgoing: Outgoing, out_of: ledger.Account, moment: datetime) -> None:
    """It left. Needs `outgoing` from `lock_with_payee`. Raises Conflict."""
    take_step(outgoing, OutgoingStep.PAY)
    outgoing.paid_at, outgoing.ended_at, outgoing.error_code = moment, moment, ""
    amount = amount_of(outgoing)
    is_payout = outgoing.kind == Outgoing.Kind.PAYOUT
    entry = ledger.owner_paid(amount, out_of=out_of) if is_payout else ledger.expense_paid(amount, out_of=out_of)
    _post(outgoing, "paid", entry, moment)
    outgoing.save()


def mark_failed(*, outgoing: Outgoing, error_code: str, moment: datetime) -> None:
    """It did not leave: what was reserved for it is free again. Raises Conflict."""
    take_step(outgoing, OutgoingStep.FAIL)
    outgoing.error_code, outgoing.ended_at = error_code[:60], moment
    outgoing.save()


def mark_returned(*, outgoing: Outgoing, back_to: ledger.Account, error_code: str, moment: datetime) -> None:
    """It came back after it was paid: an owner is due it again. Raises Conflict."""
    take_step(outgoing, OutgoingStep.RETURN)
    outgoing.error_code, outgoing.ended_at = error_code[:60], moment
    amount = amount_of(outgoing)
    is_payout = outgoing.kind == Outgoing.Kind.PAYOUT
    returned = ledger.owner_payout_returned if is_payout else ledger.expense_returned
    _post(outgoing, "returned", returned(amount, back_to=back_to), moment)
    outgoing.save()


def _post(outgoing: Outgoing, word: str, entry: ledger.Entry, moment: datetime) -> None:
    post_company_entry(
        company_id=outgoing.company_id,
        key=entry_key(outgoing, word),
        entry=entry,
        occurred_at=moment,
        memo=outgoing.reference,
        payee_id=outgoing.payee_id,
    )
