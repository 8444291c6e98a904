"""Give space up and take other space in its place: both, or neither."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.clock import database_now
from freehold.core.errors import NotFound, TemporarilyUnavailable
from freehold.domain.periods import Period
from freehold.inventory.allocations import Order, lock_units_of_swap, place_order
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Allocation, Claim, Purpose
from freehold.inventory.reasons import BUSY
from freehold.inventory.services.claim_listing import claim_listing
from freehold.inventory.services.convert_claim import convert_claim
from freehold.inventory.services.release_claim import release_claim
from freehold.inventory.types import ClaimView, ListingWish
from freehold.properties.rules import taken_period

_A_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Move:
    """A wish, and the units that should serve it if they can: who stays longer keeps the room."""

    wish: ListingWish
    unit_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Extra:
    """What was held in advance: `claims` on the space that is not ours yet, and the units that each move will take."""

    claims: tuple[ClaimView, ...]
    unit_ids: tuple[tuple[UUID, ...], ...]


def swap_claims(
    *, actor: Actor, release: Sequence[UUID], moves: Sequence[Move], until: datetime | None, extensions: int = 0
) -> list[ClaimView]:
    """Releases the claims and takes what the moves want, in their order: as bookings, or as holds `until` a moment
    that were extended so often already.

    Runs inside the caller's transaction. After a refusal everything is as before, and the locks of the units are kept
    until the transaction ends. Raises Unavailable with reasons, and TemporarilyUnavailable.
    """
    _lock(release, moves)
    with transaction.atomic():
        return _swap(actor, release, moves, until, extensions)


def hold_extra(*, actor: Actor, release: Sequence[UUID], moves: Sequence[Move], ttl: timedelta) -> Extra:
    """Holds for `ttl` what `swap_claims` would take beyond what the claims have already. They stay as they are.

    Runs inside the caller's transaction, which it must roll back on error. Raises Unavailable, TemporarilyUnavailable.
    """
    _lock(release, moves)
    ours = _allocations(release)
    trial = transaction.savepoint_create()
    try:
        claims = _swap(actor, release, moves, database_now() + _A_MOMENT, 0)
        wanted = _allocations([claim.id for claim in claims])
    finally:
        transaction.savepoint_rollback(trial)
    groups: dict[tuple[UUID, datetime, datetime], list[UUID]] = {}
    for unit_id, periods in wanted.items():
        for listing_id, period in periods:
            for piece in _beyond(period, [own for _, own in ours.get(unit_id, ())]):
                groups.setdefault((listing_id, piece.start, piece.end), []).append(unit_id)
    companies = {move.wish.listing.pk: move.wish.listing.company_id for move in moves}
    held = [
        _place(Order(companies[listing_id], sorted(units), Period(start, end), Purpose.HOLD, listing_id, ttl))
        for (listing_id, start, end), units in groups.items()
    ]
    return Extra(tuple(held), tuple(claim.unit_ids for claim in claims))


def _lock(release: Sequence[UUID], moves: Sequence[Move]) -> None:
    """Old and new units together, in id order: two who want each other's place queue instead of dead-locking."""
    certain = [move.wish.listing.pk for move in moves if move.wish.listing.unit_type_id is None]
    asked = [unit_id for move in moves for unit_id in move.unit_ids]
    lock_units_of_swap(claim_ids=release, listing_ids=certain, unit_ids=asked)


def _swap(
    actor: Actor, release: Sequence[UUID], moves: Sequence[Move], until: datetime | None, extensions: int
) -> list[ClaimView]:
    for claim_id in sorted(release):
        release_claim(actor=actor, claim_id=claim_id)
    ttl = _A_MOMENT if until is None else max(until - database_now(), timedelta(seconds=1))
    claims = [_claim(actor, move, ttl) for move in moves]
    for claim in claims:
        if until is None:
            convert_claim(actor=actor, claim_id=claim.id, purpose=Purpose.BOOKING)
        else:
            # A hold that moves keeps its deadline, and with it whether it was extended.
            row = Claim.objects.system("a hold that moves").filter(pk=claim.id)
            row.update(expires_at=until, extensions=extensions)
            Allocation.objects.filter(claim_id=claim.id).update(expires_at=until)
    return claims


def _claim(actor: Actor, move: Move, ttl: timedelta) -> ClaimView:
    wish = move.wish
    if move.unit_ids and wish.listing.unit_type_id is not None:
        taking = taken_period(wish.listing, wish.when, wish.period)
        order = Order(
            wish.listing.company_id,
            move.unit_ids,
            wish.period,
            Purpose.HOLD,
            wish.listing.pk,
            ttl,
            in_use_only=True,
            taking=taking,
        )
        try:
            claim = place_order(order)
        except (Unavailable, NotFound):
            claim = None
        if claim is not None:
            return claim
    return claim_listing(actor=actor, wish=wish, ttl=ttl)


def _place(order: Order) -> ClaimView:
    claim = place_order(order)
    if claim is None:
        raise TemporarilyUnavailable(BUSY.detail)
    return claim


def _allocations(claim_ids: Sequence[UUID]) -> Mapping[UUID, list[tuple[UUID, Period]]]:
    """By unit: for which listing, and when."""
    found: dict[UUID, list[tuple[UUID, Period]]] = {}
    rows = Allocation.objects.filter(claim_id__in=claim_ids).values_list("unit_id", "claim__listing_id", "period")
    for unit_id, listing_id, period in rows.order_by("period", "unit_id"):
        found.setdefault(unit_id, []).append((listing_id, Period(period.lower, period.upper)))
    return found


def _beyond(period: Period, ours: Sequence[Period]) -> list[Period]:
    """The parts of the period that lie in none of ours."""
    parts = [period]
    for own in ours:
        rest: list[Period] = []
        for part in parts:
            if not part.overlaps(own):
                rest.append(part)
                continue
            if part.start < own.start:
                rest.append(Period(part.start, own.start))
            if own.end < part.end:
                rest.append(Period(own.end, part.end))
        parts = rest
    return parts
