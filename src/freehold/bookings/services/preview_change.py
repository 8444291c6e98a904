"""What a change would cost, and whether the space is there. Changing uses this very plan."""

from collections.abc import Sequence
from uuid import UUID

from freehold.bookings.models import Booking
from freehold.bookings.selectors import find_booking
from freehold.bookings.services.apply_change import moves_of
from freehold.bookings.services.plan_change import ChangePlan, plan_change, refuse_unchangeable
from freehold.bookings.types import ChangePreview, ItemChange
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.domain.reasons import Reason
from freehold.inventory.beside import reasons_beside


def preview_change(*, actor: Actor, booking_id: UUID | str, changes: Sequence[ItemChange]) -> ChangePreview:
    """A look, not a decision, and it writes nothing. Raises like `change_booking`, but for space that is taken and
    for what changes nothing: that is said in the answer."""
    booking = find_booking(actor=actor, booking_id=booking_id, permission="bookings.change")
    moment = clock.database_now()
    refuse_unchangeable(booking, as_of=moment)
    plan = plan_change(actor=actor, booking=booking, changes=changes, as_of=moment)
    return ChangePreview(
        before=plan.before,
        after=plan.after,
        outcome=plan.outcome,
        changes_anything=plan.changes_anything,
        reasons=_reasons(booking, plan),
        as_of=moment,
    )


def _reasons(booking: Booking, plan: ChangePlan) -> tuple[Reason, ...]:
    ours = [*plan.released, *_pending_claims(booking)]
    reasons = [
        reason
        for move in moves_of(booking, plan.after, plan.items_json({}))
        for reason in reasons_beside(wish=move.wish, claim_ids=ours)
    ]
    return tuple(dict.fromkeys(reasons))


def _pending_claims(booking: Booking) -> list[UUID]:
    """What a change that was not paid yet holds: it would make way."""
    pending = booking.changes.filter(state="pending").values_list("claim_ids", flat=True)
    return [claim_id for claim_ids in pending for claim_id in claim_ids]
