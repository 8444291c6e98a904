"""What was taken is needed no longer than until now: the rest of its time is free."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from freehold.core.actor import Actor
from freehold.core.clock import database_now
from freehold.core.errors import Conflict
from freehold.domain.periods import FOREVER
from freehold.inventory.allocations import lapse, lock_units_of_claim
from freehold.inventory.models import Allocation, Claim
from freehold.inventory.services.release_claim import release_claim
from freehold.properties.rules import empty_until


def end_claim(*, actor: Actor, claim_id: UUID, at: datetime) -> None:
    """Shortens the claim to end `at`; what must stay empty after it (turnover) does from then on, also when there was
    no end so far, and therefore nothing after it.

    What has not begun by then is released, what has ended by then stays as it is. Runs inside the caller's
    transaction.
    """
    with transaction.atomic():
        lock_units_of_claim(claim_id)
        claim = _living(claim_id)
        if claim is None or claim.period.upper <= at:
            return
        if at <= claim.period.lower:
            release_claim(actor=actor, claim_id=claim_id)
            return
        _move_end(claim, at)


def resume_claim(*, actor: Actor, claim_id: UUID, until: datetime) -> None:
    """Takes back what `end_claim` gave away, if nobody has it by now.

    Runs inside the caller's transaction, which stays usable after a refusal. Raises Conflict `space_taken`.
    """
    with transaction.atomic():
        lock_units_of_claim(claim_id)
        claim = _living(claim_id)
        if claim is None:
            raise _taken()
        if claim.period.upper >= until:
            return
        _lapse_holds_in_the_way(claim, until)
        try:
            with transaction.atomic():
                _move_end(claim, until)
        except IntegrityError as error:
            raise _taken() from error


def _living(claim_id: UUID) -> Claim | None:
    claims = Claim.objects.system("end a claim").select_related("listing__property")
    return claims.filter(pk=claim_id, released_at=None).first()


def _taken() -> Conflict:
    return Conflict("Somebody else has this time by now.", code="space_taken")


def _move_end(claim: Claim, end: datetime) -> None:
    had_no_end = claim.period.upper >= FOREVER
    by = end - claim.period.upper
    claim.period = DateTimeTZRange(claim.period.lower, end)
    claim.save(update_fields=["period", "updated_at"])
    for allocation in claim.allocations.all():
        until = _empty_until(claim, end) if had_no_end else min(allocation.period.upper + by, FOREVER)
        allocation.period = DateTimeTZRange(allocation.period.lower, until)
        allocation.save(update_fields=["period"])


def _empty_until(claim: Claim, end: datetime) -> datetime:
    return end if claim.listing is None else empty_until(claim.listing, end)


def _lapse_holds_in_the_way(claim: Claim, until: datetime) -> None:
    by = until - claim.period.upper
    for own in claim.allocations.all():
        wanted = DateTimeTZRange(own.period.lower, min(own.period.upper + by, FOREVER))
        others = Allocation.objects.filter(unit_id=own.unit_id, period__overlap=wanted, expires_at__lte=database_now())
        if ids := list(others.exclude(claim=claim).values_list("claim_id", flat=True)):
            lapse(ids)
