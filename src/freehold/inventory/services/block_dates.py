"""A host closes nights of a listing, and opens them again."""

from datetime import date
from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import Conflict, NotFound
from freehold.domain.periods import stay_period
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Claim, Purpose
from freehold.inventory.reasons import NO_UNITS
from freehold.inventory.services.claim_units import claim_units
from freehold.inventory.services.release_claim import release_claim
from freehold.inventory.types import ClaimView
from freehold.properties.access import permitted
from freehold.properties.models import Listing, Property, Unit


def block_dates(*, actor: Actor, listing_id: UUID, check_in: date, check_out: date, note: str = "") -> ClaimView:
    """Closes the nights [check_in, check_out) of everything that the listing sells: all units of a type, for one.

    Needs `inventory.block`. All or nothing: raises Unavailable with the reasons when something is taken already.
    """
    with transaction.atomic():
        listing = permitted(actor=actor, model=Listing, pk=listing_id, permission="inventory.block")
        place = Property.objects.company(listing.company_id).get(pk=listing.property_id)
        unit_ids = _units_of(listing)
        if not unit_ids:
            raise Unavailable([NO_UNITS])
        return claim_units(
            actor=actor,
            company_id=listing.company_id,
            unit_ids=unit_ids,
            period=stay_period(check_in, check_out, place.check_in_time, place.check_out_time, place.time_zone),
            purpose=Purpose.BLOCK,
            listing_id=listing.pk,
            note=note[:200],
        )


def unblock_dates(*, actor: Actor, claim_id: UUID) -> None:
    """Opens the nights of a block again. Raises NotFound, Conflict `not_a_block` for anything else that is taken."""
    with transaction.atomic():
        claim = permitted(actor=actor, model=Claim, pk=claim_id, permission="inventory.block")
        if claim.purpose != Purpose.BLOCK:
            raise Conflict("Only a host's own block is opened here.", code="not_a_block")
        if not release_claim(actor=actor, claim_id=claim_id):
            raise NotFound("This block was opened before.")


def _units_of(listing: Listing) -> list[UUID]:
    if listing.unit_id is not None:
        return [listing.unit_id]
    units = Unit.objects.company(listing.company_id).filter(property_id=listing.property_id, is_active=True)
    if listing.unit_type_id is not None:
        units = units.filter(unit_type_id=listing.unit_type_id)
    else:
        units = units.filter(kind=Unit.Kind.LEAF)
    return list(units.values_list("pk", flat=True))
