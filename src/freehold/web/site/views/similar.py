"""Places like the one that a visitor looks at, asked for when they come into view, so that no page waits for them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from freehold.core.errors import BadInput
from freehold.inventory.similar import SimilarPlace, similar_places
from freehold.properties.models import Listing
from freehold.properties.recommended import covers_of
from freehold.properties.selectors import published_listing_place
from freehold.web.site.forms import StayForm
from freehold.web.site.present.card import Card
from freehold.web.site.present.pictures import image
from freehold.web.site.present.place import facts_words
from freehold.web.ui.pages import open_page

IN_A_ROW = 4
INSTEAD = 3
STAY_KEYS = ("check_in", "check_out", "adults", "children", "age")


@require_GET
@open_page
def similar(request: HttpRequest, slug: str) -> HttpResponse:
    """The row below a place: with dates what is free then, else whatever is alike."""
    listing = published_listing_place(key=slug)
    form = StayForm(request.GET)
    return render(
        request, "site/similar.html", {"cards": _cards(listing, form, limit=IN_A_ROW), "is_dated": form.is_valid()}
    )


@require_GET
@open_page
def instead(request: HttpRequest, slug: str) -> HttpResponse:
    """A few places for somebody whose dates do not work here; nothing without dates."""
    listing = published_listing_place(key=slug)
    form = StayForm(request.GET)
    cards = _cards(listing, form, limit=INSTEAD) if form.is_valid() else []
    return render(request, "site/instead.html", {"cards": cards, "search_url": search_address(listing, request.GET)})


def search_address(listing: Listing, wish: QueryDict) -> str:
    """All places of the city for these dates and this many people."""
    kept = {key: wish[key] for key in ("check_in", "check_out") if wish.get(key)}
    counts = [wish.get(key, "") for key in ("adults", "children")]
    guests = sum(int(count) for count in counts if count.isascii() and count.isdigit() and len(count) < 4)
    if guests:
        kept["guests"] = str(guests)
    return f"{reverse('site:search')}?{urlencode({'place': listing.property.city, **kept})}"


def _cards(listing: Listing, form: StayForm, *, limit: int) -> list[Card]:
    if not form.is_valid():
        return _shown(similar_places(listing, limit=limit), "", nights=0)
    check_in, check_out = form.cleaned_data["check_in"], form.cleaned_data["check_out"]
    try:
        found = similar_places(listing, check_in=check_in, check_out=check_out, party=form.party, limit=limit)
    except BadInput:
        # Not sold by the night, or longer than a year: the page itself says so.
        return []
    return _shown(found, f"?{_kept(form.data)}", nights=(check_out - check_in).days)


def _shown(found: tuple[SimilarPlace, ...], query: str, *, nights: int) -> list[Card]:
    covers = covers_of([place.property_id for place in found])
    return [
        Card(
            listing_id=str(place.listing_id),
            url=reverse("site:place", args=[place.slug]) + query,
            title=place.title,
            kind=place.category_name,
            place=place.neighbourhood or place.city,
            facts=facts_words(guests=place.max_guests, bedrooms=place.bedrooms, beds=place.beds),
            rating=place.rating,
            picture=image(cover.picture, cover.alt) if (cover := covers.get(place.property_id)) else None,
            nightly=place.nightly,
            total=place.total,
            nights=nights,
            reason=_unbroken(place.reason),
        )
        for place in found
    ]


def _unbroken(reason: str) -> str:
    """A number stays with its unit."""
    return reason.replace(" km ", "\u00a0km ").replace(" %", "\u00a0%")


def _kept(wish: QueryDict) -> str:
    kept = QueryDict(mutable=True)
    for key in STAY_KEYS:
        if values := wish.getlist(key):
            kept.setlist(key, values)
    return kept.urlencode()
