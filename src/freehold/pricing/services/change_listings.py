"""Publish or pause many listings at once: all of them, or none."""

from collections.abc import Collection
from dataclasses import replace
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import BadInput, FreeholdError, NotFound
from freehold.pricing.services.offer_listing import offer_listing
from freehold.properties.models import Listing
from freehold.properties.services.publish_listing import pause_listing

MOST_AT_ONCE = 100


class Step(StrEnum):
    """What becomes of each."""

    PUBLISH = "published"
    PAUSE = "paused"


def change_listings(*, actor: Actor, listing_ids: Collection[UUID], step: Step) -> list[Listing]:
    """In the order that was given. Raises as `offer_listing` and `pause_listing` do; the refusal names the listing.

    Raises BadInput for none, for one twice, and for more than a hundred.
    """
    given = list(listing_ids)
    if not 1 <= len(given) <= MOST_AT_ONCE or len(set(given)) < len(given):
        detail = f"Give one to {MOST_AT_ONCE} listings, each once."
        raise BadInput(detail, code="invalid", attr="listing_ids")
    known = dict(Listing.objects.system("in one order").filter(pk__in=given).values_list("pk", "property_id"))
    if unknown := next((each for each in given if each not in known), None):
        raise NotFound(attr=_place_of(given, unknown))
    change = offer_listing if step is Step.PUBLISH else pause_listing
    changed = {}
    with transaction.atomic():
        # Whoever changes many at the same time locks them in the same order: places, and the listings of each.
        for listing_id in sorted(given, key=lambda each: (known[each], each)):
            try:
                changed[listing_id] = change(actor=actor, listing_id=listing_id)
            except FreeholdError as refusal:
                refusal.errors = [replace(each, attr=_place_of(given, listing_id)) for each in refusal.errors]
                raise
    return [changed[listing_id] for listing_id in given]


def _place_of(given: list[UUID], listing_id: UUID) -> str:
    return f"listing_ids.{given.index(listing_id)}"
