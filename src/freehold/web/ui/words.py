"""Short phrases that several pages share."""

from __future__ import annotations

from django.utils.translation import gettext, ngettext

from freehold.domain.party import Party
from freehold.properties.models import Property


def party_words(party: Party) -> str:
    """ "2 adults, 1 child"."""
    children = len(party.children)
    words = [ngettext("%(n)s adult", "%(n)s adults", party.adults) % {"n": party.adults}]
    if children:
        words.append(ngettext("%(n)s child", "%(n)s children", children) % {"n": children})
    return ", ".join(words)


def place_words(place: Property) -> str:
    """ "Back Bay, Boston"."""
    return ", ".join(dict.fromkeys(part for part in (place.neighbourhood, place.city) if part))


def region_words(place: Property) -> str:
    """ "Back Bay, Boston, Massachusetts"; a region that is called like its city is not said twice."""
    return ", ".join(dict.fromkeys(part for part in (place.neighbourhood, place.city, place.region) if part))


def nights_words(nights: int) -> str:
    return ngettext("%(n)s night", "%(n)s nights", nights) % {"n": nights}


def guests_words(guests: int) -> str:
    return ngettext("%(n)s guest", "%(n)s guests", guests) % {"n": guests}


def bedrooms_words(bedrooms: int) -> str:
    if bedrooms == 0:
        return gettext("Studio")
    return ngettext("%(n)s bedroom", "%(n)s bedrooms", bedrooms) % {"n": bedrooms}


def beds_words(beds: int) -> str:
    return ngettext("%(n)s bed", "%(n)s beds", beds) % {"n": beds}
