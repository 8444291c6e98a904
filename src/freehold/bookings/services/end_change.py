"""A change that does not come about: what it held is free again, and the booking stays as it was."""

from uuid import UUID

import structlog
from django.db import transaction

from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking, BookingChange
from freehold.bookings.selectors import last_attempt
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import FreeholdError
from freehold.inventory.allocations import lock_units_of_claims
from freehold.inventory.services.release_claim import release_claim
from freehold.payments.services.request_close_attempts import request_close_attempts

log = structlog.get_logger(__name__)

State = BookingChange.State
BATCH = 100


def withdraw_pending(booking: Booking) -> None:
    """Ends the booking's pending change, if there is one. Needs the booking locked."""
    for change in booking.changes.filter(state=State.PENDING):
        end_locked(change, State.WITHDRAWN)


def end_locked(change: BookingChange, state: BookingChange.State) -> None:
    """Gives back what the change holds beyond the booking's own space. Needs the booking locked."""
    lock_units_of_claims(change.claim_ids)
    for claim_id in sorted(change.claim_ids):
        release_claim(actor=Actor.system(f"change {state}"), claim_id=claim_id)
    change.state = state
    change.until_attempt = last_attempt(change.booking)
    change.save(update_fields=["state", "until_attempt", "updated_at"])


def expire_change(*, change_id: UUID) -> bool:
    """True when the change expired now, by the database's clock."""
    found = BookingChange.objects.select_related("booking").filter(pk=change_id).first()
    if found is None:
        return False
    with transaction.atomic():
        folio, booking = lock_booking(found.booking)
        change = booking.changes.get(pk=change_id)
        if change.state != State.PENDING or change.expires_at is None or change.expires_at > clock.database_now():
            return False
        end_locked(change, State.EXPIRED)
        request_close_attempts(folio_id=folio.pk)
    return True


def expire_due_changes() -> int:
    """Expires the changes that were not paid in time, each in a transaction of its own. Returns how many."""
    due = (
        BookingChange.objects.filter(state=State.PENDING, expires_at__lte=clock.DatabaseNow())
        .order_by("expires_at")
        .values_list("pk", flat=True)[:BATCH]
    )
    expired = 0
    for change_id in due:
        try:
            expired += expire_change(change_id=change_id)
        except FreeholdError as refusal:
            log.warning("change_not_expired", change_id=str(change_id), code=refusal.code)
    return expired
