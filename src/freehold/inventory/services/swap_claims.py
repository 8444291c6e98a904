"""Give space up and take other space in its place: both, or neither."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.clock import database_now
from freehold.core.errors import NotFound
from freehold.domain.periods import Period
from freehold.inventory.allocations import Order, lock_units_of_swap, place_order
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Allocation, Claim, Purpose
from freehold.inventory.particular import most_particular_first
from freehold.inventory.reasons import BUSY
from freehold.inventory.services.claim_listing import claim_listing
from freehold.inventory.services.convert_claim import convert_claim
from freehold.inventory.services.release_claim import release_claim
from freehold.inventory.types import ClaimView, ListingWish
from freehold.properties.models import Listing, UnitPart
from freehold.properties.rules import taken_period

_A_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Move:
    """A wish, and the leaf units that should serve it if they can: who stays longer keeps the room, also one that
    the listing does not sell, when that is where the people of the company put them."""

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
    """Releases the claims and takes what the moves want: as bookings, or as holds `until` a moment that were extended
    so often already. The new claims are in the order of the moves.

    Runs inside the caller's transaction. After a refusal everything is as before, and no lock is kept. Raises
    Unavailable with reasons (BUSY while somebody else is deciding), and TemporarilyUnavailable.
    """
    return _with_units_locked(release, moves, lambda: _swap(actor, release, moves, until, extensions))


def hold_extra(*, actor: Actor, release: Sequence[UUID], moves: Sequence[Move], ttl: timedelta) -> Extra:
    """Holds for `ttl` what `swap_claims` would take beyond what the claims have already. They stay as they are.

    Runs inside the caller's transaction, which stays usable. Raises like `swap_claims`.
    """
    return _with_units_locked(release, moves, lambda: _hold_extra(actor, release, moves, ttl))


def lock_swap(*, release: Sequence[UUID], moves: Sequence[Move]) -> None:
    """Locks all that a swap may touch, for who touches some of it before. Raises TemporarilyUnavailable."""
    _lock(release, moves, [move.wish.listing.pk for move in moves])


def _hold_extra(actor: Actor, release: Sequence[UUID], moves: Sequence[Move], ttl: timedelta) -> Extra:
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


def _with_units_locked[T](release: Sequence[UUID], moves: Sequence[Move], work: Callable[[], T]) -> T:
    """Old and new units are locked together, in id order: two who want each other's place queue and never
    dead-lock.

    First only those that are certain to be touched. Who holds these does not wait for units of a type: if somebody is
    in the way there, all locks are given back, and every unit of every wish is locked at once, in id order again.
    """
    certain = tuple(move.wish.listing.pk for move in moves if move.wish.listing.unit_type_id is None)
    every = tuple(move.wish.listing.pk for move in moves)
    for listings in dict.fromkeys((certain, every)):
        try:
            with transaction.atomic():
                _lock(release, moves, listings)
                return work()
        except Unavailable as refusal:
            if BUSY not in refusal.reasons:
                raise
    raise Unavailable([BUSY])


def _lock(release: Sequence[UUID], moves: Sequence[Move], listings: Sequence[UUID]) -> None:
    asked = [unit_id for move in moves for unit_id in move.unit_ids]
    lock_units_of_swap(claim_ids=release, listing_ids=listings, unit_ids=asked)


def _swap(
    actor: Actor, release: Sequence[UUID], moves: Sequence[Move], until: datetime | None, extensions: int
) -> list[ClaimView]:
    for claim_id in sorted(release):
        release_claim(actor=actor, claim_id=claim_id)
    ttl = _A_MOMENT if until is None else max(until - database_now(), timedelta(seconds=1))
    order = most_particular_first([move.wish for move in moves])
    placed = {place: _claim(actor, moves[place], ttl) for place in order}
    claims = [placed[place] for place in range(len(moves))]
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
    if move.unit_ids and not _sells_just(wish.listing, move.unit_ids):
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
    return claim_listing(actor=actor, wish=wish, ttl=ttl, may_wait=False)


def _sells_just(listing: Listing, unit_ids: Sequence[UUID]) -> bool:
    """Whether claiming the listing is claiming these units: there is one way to have it, and it is this."""
    if listing.unit_type_id is not None:
        return False
    if listing.unit_id is None:
        return True
    parts = set(UnitPart.objects.filter(composite_id=listing.unit_id).values_list("part_id", flat=True))
    return set(unit_ids) == (parts or {listing.unit_id})


def _place(order: Order) -> ClaimView:
    """What the trial had is free, unless somebody took it since: a unit of a type was not locked in between."""
    try:
        claim = place_order(order, skip_locked=True)
    except Unavailable:
        claim = None
    if claim is None:
        raise Unavailable([BUSY])
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
