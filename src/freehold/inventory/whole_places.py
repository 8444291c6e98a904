"""Whether a place may still be had altogether: not while somebody has it to themselves, or has leased or bought it."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When

from freehold.core import clock
from freehold.domain.periods import FOREVER
from freehold.inventory.models import Allocation, Purpose
from freehold.properties.models import Listing, Property
from freehold.properties.recommended import MAX_RECOMMENDED

# Slots and nights leave the rest of the time to others; these leave nothing.
_LEAVES_NOTHING = (
    Q(claim__listing__mode=Listing.Mode.EXCLUSIVE)
    | Q(claim__purpose__in=(Purpose.LEASE, Purpose.SALE))
    | Q(period__endswith__gte=FOREVER)
    | Q(period__upper_inf=True)
)


def with_freedom(places: QuerySet[Property]) -> QuerySet[Property]:
    """Annotates `is_free`. A hold whose time is over takes nothing any more."""
    now = clock.now()
    taken = Allocation.objects.filter(
        _LEAVES_NOTHING,
        Q(expires_at=None) | Q(expires_at__gt=now),
        Q(period__endswith__gt=now) | Q(period__upper_inf=True),
        unit__property_id=OuterRef("pk"),
    )
    return places.annotate(is_free=~Exists(taken))


def recommended(
    places: QuerySet[Property],
    *,
    category_ids: Collection[UUID],
    first: Collection[UUID] = (),
    but: UUID | None = None,
) -> list[Property]:
    """Of these places the free ones in these categories, at most 100: those of the categories `first` before others,
    then the best rated.
    """
    is_first = Case(When(category_id__in=list(first), then=Value(0)), default=Value(1), output_field=IntegerField())
    found = with_freedom(places).filter(is_free=True, is_offered=True, category_id__in=list(category_ids))
    if but is not None:
        found = found.exclude(pk=but)
    return list(found.order_by(is_first, F("rating").desc(nulls_last=True), "-review_count", "-id")[:MAX_RECOMMENDED])
