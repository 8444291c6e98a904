"""What a refusal of the API says beyond what the rooms know when they refuse."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from django.urls import reverse

from freehold.core.errors import BadInput, ErrorItem, FreeholdError
from freehold.inventory.alternatives import mending_stays
from freehold.inventory.errors import Unavailable
from freehold.inventory.offers import offer_similar
from freehold.inventory.types import Wanted
from freehold.pricing.types import ItemRequest
from freehold.properties.models import Listing


def with_offers(refusal: FreeholdError) -> FreeholdError:
    """Nights that are taken come with similar places that are free, and with the address that knows more of them.

    May be asked twice about one refusal.
    """
    if isinstance(refusal, Unavailable) and refusal.wanted is not None and "similar_url" not in refusal.errors[0].extra:
        offer_similar(refusal)
        refusal.add(similar_url=_similar_url(refusal.wanted))
    return refusal


def with_fitting_stays(refusal: BadInput, items: Sequence[ItemRequest]) -> BadInput:
    """Dates that break a rule of their listing come with the nearest ones that fit and are free, as `alternatives`."""
    by_item = {f"items.{index}": item for index, item in enumerate(items)}
    broken: dict[str, list[ErrorItem]] = {}
    for error in refusal.errors:
        if error.attr in by_item:
            broken.setdefault(error.attr, []).append(error)
    if not broken:
        return refusal
    wanted = [by_item[attr].listing_id for attr in broken]
    listings = Listing.objects.published().select_related("property").prefetch_related("restrictions").in_bulk(wanted)
    found: dict[str | None, list[dict[str, str]]] = {}
    for attr, errors in broken.items():
        item = by_item[attr]
        if (listing := listings.get(item.listing_id)) is not None:
            fitting = mending_stays(listing=listing, when=item.when, broken=[error.code for error in errors])
            found[attr] = [each.to_json() for each in fitting]
    return BadInput.of(
        [
            replace(error, extra={**error.extra, "alternatives": found[error.attr]}) if found.get(error.attr) else error
            for error in refusal.errors
        ]
    )


def _similar_url(wanted: Wanted) -> str:
    query = {"check_in": wanted.nights.check_in.isoformat(), "check_out": wanted.nights.check_out.isoformat()}
    if wanted.party is not None:
        query["guests"] = str(wanted.party.size)
        if wanted.party.children:
            query["children"] = ",".join(str(age) for age in wanted.party.children)
    return f"{reverse('listing-similar', args=[wanted.listing_id])}?{urlencode(query, safe=',')}"
