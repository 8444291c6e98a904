"""How a damage deposit is written in an answer."""

from typing import Any

from freehold.api.v1.booking_answers import instant
from freehold.bookings.deposits import asked_from, may_be_left, returns_at
from freehold.bookings.models import DamageDeposit
from freehold.core import clock
from freehold.domain.money import Money


def deposit_answer(deposit: DamageDeposit) -> dict[str, Any]:
    """`method` is empty until something is held: by the guest's bank, or charged."""
    return {
        "id": str(deposit.pk),
        "booking_id": str(deposit.booking_id),
        "booking": deposit.booking.reference,
        "reference": deposit.folio.reference,
        "status": deposit.state,
        "method": deposit.method,
        "amount": Money(deposit.amount_minor, deposit.currency).to_json(),
        "claimed": Money(deposit.claimed_minor, deposit.currency).to_json(),
        "kept": Money(deposit.kept_minor, deposit.currency).to_json(),
        "claim_reason": deposit.claim_reason,
        "claim_note": deposit.claim_note,
        "may_be_left": may_be_left(deposit, at=clock.now()),
        "asked_from": instant(asked_from(deposit)),
        "held_at": instant(deposit.held_at),
        "held_until": instant(deposit.held_until),
        "returns_at": instant(returns_at(deposit)),
        "ended_at": instant(deposit.ended_at),
    }
