"""Other dates, another place, other guests, or less of it. The old space is never lost while the new is not won."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking, BookingChange
from freehold.bookings.selectors import find_booking, last_attempt
from freehold.bookings.services.apply_change import apply_locked, moves_of
from freehold.bookings.services.end_change import withdraw_pending
from freehold.bookings.services.plan_change import ChangePlan, plan_change, refuse_unchangeable
from freehold.bookings.types import ItemChange
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.domain.booking_states import HOLDING, BookingState
from freehold.domain.money import Money
from freehold.finance.models import Folio
from freehold.inventory.services.swap_claims import hold_extra, lock_swap
from freehold.payments.services.end_pay_links import end_pay_links
from freehold.payments.services.request_close_attempts import request_close_attempts

PAY_WITHIN = timedelta(minutes=15)
State = BookingChange.State


def change_booking(
    *,
    actor: Actor,
    booking_id: UUID | str,
    changes: Sequence[ItemChange],
    expected_difference: Money | None = None,
) -> BookingChange:
    """The change: applied at once when nothing has to be paid first, else pending, with what it needs held.

    A change that was pending before makes way. Raises Unavailable with reasons, and everything is as before;
    BadInput (`nothing_changes`, `cancel_instead`, every broken rule); Conflict (`not_changeable`,
    `payment_in_review`, `price_changed` when the difference is not the one that the person was shown).
    """
    found = find_booking(actor=actor, booking_id=booking_id, permission="bookings.change")
    with transaction.atomic():
        folio, booking = lock_booking(found)
        moment = clock.database_now()
        refuse_unchangeable(booking, as_of=moment)
        plan = plan_change(actor=actor, booking=booking, changes=changes, as_of=moment)
        if not plan.changes_anything:
            raise BadInput("This is what is booked already.", code="nothing_changes", attr="items")
        if expected_difference is not None and plan.outcome.difference != expected_difference:
            raise Conflict("The price of this change has changed. Please look again.", code="price_changed")
        change = _draft(actor, booking, plan)
        if BookingState(booking.state) in HOLDING:
            # Their shares were of another price.
            end_pay_links(folio_id=folio.pk, only_shares=True)
        _make_way(booking, plan, change)
        if plan.outcome.due.minor and BookingState(booking.state) not in HOLDING:
            _wait_for_money(folio, booking, change, plan, moment)
        else:
            apply_locked(actor=actor, folio=folio, booking=booking, change=change)
    return change


def _draft(actor: Actor, booking: Booking, plan: ChangePlan) -> BookingChange:
    last = booking.changes.aggregate(last=Max("number"))["last"] or 0
    outcome = plan.outcome
    return BookingChange(
        booking=booking,
        number=last + 1,
        before=booking.terms,
        after=plan.after.to_json(),
        items=plan.items_json({item.row.pk: item.row.claim.unit_ids for item in plan.items if item.keeps_its_units}),
        difference_minor=outcome.difference.minor,
        fee_minor=outcome.fee.minor,
        refund_minor=outcome.refund.minor,
        due_minor=outcome.due.minor,
        requested_by=str(actor),
    )


def _make_way(booking: Booking, plan: ChangePlan, change: BookingChange) -> None:
    """Ends the change that waits, if there is one. Its units come before those of the new change in no order, so all
    of them are locked together first."""
    waiting = booking.changes.filter(state=State.PENDING).first()
    if waiting is not None:
        moves = moves_of(booking, plan.after, change.items)
        lock_swap(release=[*plan.released, *waiting.claim_ids], moves=moves)
        withdraw_pending(booking)


def _wait_for_money(folio: Folio, booking: Booking, change: BookingChange, plan: ChangePlan, moment: datetime) -> None:
    """Holds what the booking does not have yet. Attempts that are open pay for something else, and are closed."""
    extra = hold_extra(
        actor=Actor.system("change booking"),
        release=plan.released,
        moves=moves_of(booking, plan.after, change.items),
        ttl=PAY_WITHIN,
    )
    moving = [item.row.pk for item in plan.items if item.moves]
    change.items = plan.items_json(dict(zip(moving, extra.unit_ids, strict=True)))
    change.claim_ids = [claim.id for claim in extra.claims]
    change.expires_at = min((each.expires_at for each in extra.claims if each.expires_at), default=moment + PAY_WITHIN)
    change.state = State.PENDING
    change.after_attempt = last_attempt(booking)
    change.save()
    request_close_attempts(folio_id=folio.pk)
