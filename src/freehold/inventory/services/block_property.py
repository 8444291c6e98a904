"""Close a whole place for a time, or until somebody opens it again."""

from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.domain.periods import Period
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Purpose
from freehold.inventory.reasons import NO_UNITS
from freehold.inventory.services.claim_units import claim_units
from freehold.inventory.types import ClaimView
from freehold.properties.access import permitted
from freehold.properties.models import Property, Unit


def block_property(*, actor: Actor, property_id: UUID, period: Period, note: str = "") -> ClaimView:
    """Closes every unit that is in use, all or none. Needs `inventory.block`. `unblock_dates` opens it again.

    Raises Unavailable with the reasons when something is taken already.
    """
    with transaction.atomic():
        place = permitted(actor=actor, model=Property, pk=property_id, permission="inventory.block")
        units = Unit.objects.company(place.company_id).filter(property_id=place.pk, is_active=True, kind=Unit.Kind.LEAF)
        unit_ids = list(units.values_list("pk", flat=True))
        if not unit_ids:
            raise Unavailable([NO_UNITS])
        return claim_units(
            actor=actor,
            company_id=place.company_id,
            unit_ids=unit_ids,
            period=period,
            purpose=Purpose.BLOCK,
            note=note[:200],
        )
