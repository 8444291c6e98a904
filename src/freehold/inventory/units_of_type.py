"""Any units of a type: which of the free ones, and how many callers get one each without standing in each other's way.

    1  the best fit, if nobody else is deciding about it
    2  whatever is free and nobody else has locked, the best fit first; nobody waits, so nobody dead-locks
    3  once, wait: for free units one by one, in id order, until there are enough or the rest is taken

Each look at what is free comes after the locks that it relies on, so what it calls free stays free. Waiting locks only
what it needs: who waited for all free units at once would make everybody else wait as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from freehold.core.errors import NotFound, TemporarilyUnavailable
from freehold.domain.periods import Period
from freehold.domain.reasons import Reason
from freehold.inventory.allocations import Order, lock_some_units_without_waiting, lock_units, place_order
from freehold.inventory.errors import Unavailable
from freehold.inventory.occupancy import ALIVE, options_of, why_not_free
from freehold.inventory.options import LISTING_OPTIONS
from freehold.inventory.reasons import BUSY
from freehold.inventory.types import ClaimView
from freehold.properties.models import Listing

# Free units of a type, the best fit first: where the stay leaves the least unsold time beside it, so that long
# gaps stay whole for long stays.
_FREE_UNITS = f"""
    SELECT option.option_id, array_agg(option.unit_id ORDER BY option.unit_id)
      FROM {LISTING_OPTIONS} AS option
     CROSS JOIN LATERAL (
        SELECT max(upper(allocation.period)) FILTER (WHERE upper(allocation.period) <= %(start)s) AS before,
               min(lower(allocation.period)) FILTER (WHERE lower(allocation.period) >= %(end)s) AS after,
               bool_or(allocation.period && tstzrange(%(start)s, %(end)s)) AS is_taken
          FROM inventory_allocation AS allocation
         WHERE allocation.unit_id = option.unit_id
           AND allocation.period && tstzrange(%(start)s - %(view)s::interval, %(end)s + %(view)s::interval)
           AND {ALIVE}
     ) AS neighbour
     WHERE option.listing_id = %(listing)s
     GROUP BY option.option_id
    HAVING NOT bool_or(coalesce(neighbour.is_taken, false))
     ORDER BY sum(coalesce(%(start)s - neighbour.before, %(view)s::interval)
                  + coalesce(neighbour.after - %(end)s, %(view)s::interval)),
              option.option_id
"""  # noqa: S608 - constants only

_VIEW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class _Free:
    """A unit of the type that looks free, and the leaf units that it is made of, in id order."""

    id: UUID
    leaves: tuple[UUID, ...]


class _InTheWay(Exception):
    """Somebody else is deciding about units that are needed. Leaves the savepoint, which gives the locks back."""


def take_units_of_type(order: Order, listing: Listing, *, quantity: int, may_wait: bool) -> ClaimView:
    """Claims so many units of the listing's type for what the order says, all or nothing.

    Raises Unavailable with what takes them; its reason is BUSY when somebody else is deciding about them right now.
    The caller's transaction stays usable, and a refusal keeps no lock.
    """
    search = _Search(order, listing, quantity)
    try:
        return search.take_best()
    except _InTheWay:
        pass
    for attempt in (search.take_unlocked, search.take_in_turn) if may_wait else (search.take_unlocked,):
        try:
            with transaction.atomic():
                return attempt()
        except (_InTheWay, TemporarilyUnavailable):
            continue
    raise Unavailable([BUSY])


@dataclass(frozen=True, slots=True)
class _Search:
    order: Order
    listing: Listing
    quantity: int

    def take_best(self) -> ClaimView:
        return self._place(self._free()[: self.quantity], skip_locked=True)

    def take_unlocked(self) -> ClaimView:
        locked: set[UUID] = set()
        while True:
            free = self._free()
            ready = [each for each in free if locked.issuperset(each.leaves)]
            if len(ready) >= self.quantity:
                return self._place(ready[: self.quantity])
            leaves = [leaf for each in free for leaf in each.leaves if leaf not in locked]
            missing = (self.quantity - len(ready)) * len(free[0].leaves)
            found = lock_some_units_without_waiting(leaves, most=missing)
            if not found:
                raise _InTheWay
            locked.update(found)

    def take_in_turn(self) -> ClaimView:
        locked: set[UUID] = set()
        while True:
            free = self._free()
            ready = [each for each in free if locked.issuperset(each.leaves)]
            if len(ready) >= self.quantity:
                return self._place(ready[: self.quantity])
            # Only ever onwards: two who wait in the same order never wait for each other.
            behind = max(locked, default=None)
            ahead = [leaf for each in free for leaf in each.leaves if behind is None or leaf > behind]
            if not ahead:
                raise _InTheWay
            lock_units([min(ahead)])
            locked.add(min(ahead))

    def _free(self) -> list[_Free]:
        """At least so many as are wanted, the best fit first. Raises Unavailable when there are fewer."""
        period = self._period
        params: dict[str, Any] = {
            "listing": self.listing.pk,
            "start": period.start,
            "end": period.end,
            "view": _VIEW,
        }
        with connection.cursor() as cursor:
            cursor.execute(_FREE_UNITS, params)
            free = [_Free(option_id, tuple(leaves)) for option_id, leaves in cursor.fetchall()]
        if len(free) < self.quantity:
            raise Unavailable(self._reasons())
        return free

    def _place(self, units: Sequence[_Free], *, skip_locked: bool = False) -> ClaimView:
        order = replace(self.order, unit_ids=[each.id for each in units])
        try:
            claim = place_order(order, skip_locked=skip_locked)
        except (Unavailable, NotFound):
            # Taken, or no longer in use, since it was seen.
            raise _InTheWay from None
        if claim is None:
            raise _InTheWay
        return claim

    def _reasons(self) -> Sequence[Reason]:
        period = self._period
        options = options_of(listing_id=self.listing.pk, start=period.start, end=period.end)
        zone = self.listing.property.time_zone
        return why_not_free(options, period, zone=zone, quantity=self.quantity) or [BUSY]

    @property
    def _period(self) -> Period:
        return self.order.taking or self.order.period
