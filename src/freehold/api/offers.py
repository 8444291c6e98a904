"""What a refusal of the API says beyond what the rooms know when they refuse."""

from urllib.parse import urlencode

from django.urls import reverse

from freehold.core.errors import FreeholdError
from freehold.inventory.errors import Unavailable
from freehold.inventory.offers import offer_similar
from freehold.inventory.types import Wanted


def with_offers(refusal: FreeholdError) -> FreeholdError:
    """Nights that are taken come with similar places that are free, and with the address that knows more of them.

    May be asked twice about one refusal.
    """
    if isinstance(refusal, Unavailable) and refusal.wanted is not None and "similar_url" not in refusal.errors[0].extra:
        offer_similar(refusal)
        refusal.add(similar_url=_similar_url(refusal.wanted))
    return refusal


def _similar_url(wanted: Wanted) -> str:
    query = {"check_in": wanted.nights.check_in.isoformat(), "check_out": wanted.nights.check_out.isoformat()}
    if wanted.party is not None:
        query["guests"] = str(wanted.party.size)
        if wanted.party.children:
            query["children"] = ",".join(str(age) for age in wanted.party.children)
    return f"{reverse('listing-similar', args=[wanted.listing_id])}?{urlencode(query, safe=',')}"
