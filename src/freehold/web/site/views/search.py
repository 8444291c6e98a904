"""Results: a list and a map of the same search. The address holds all of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.domain.errors import DomainError
from freehold.domain.occasions import Nights
from freehold.domain.party import Party
from freehold.inventory.search.page import SearchPage
from freehold.inventory.search.page import search as find
from freehold.inventory.search.query import SearchQuery
from freehold.inventory.search.suggestions import perhaps_meant
from freehold.inventory.search.suggestions import suggest as suggestions_for
from freehold.pricing.selectors import published_rate_plan
from freehold.pricing.services.price_cart import price_cart
from freehold.pricing.types import ItemRequest, PricedCart
from freehold.properties.selectors import facts_of, published_listing
from freehold.web.site.present import search as results
from freehold.web.site.present.card import Card
from freehold.web.site.present.pictures import cover
from freehold.web.site.present.place import PlacePage, facts_words
from freehold.web.ui.basemap import base_map
from freehold.web.ui.pages import open_page, wants_part

MAX_PINS = 1_000


@require_GET
@open_page
def search(request: HttpRequest) -> HttpResponse:
    wish = results.Wish(request.GET)
    page = find(wish.query, pins=0 if wish.query.cursor else MAX_PINS)
    listed = {
        "search": wish,
        "count": page.count,
        "cards": results.cards(wish, page.hits),
        "next_url": wish.next_url(page.next_cursor) if page.next_cursor else "",
    }
    if wants_part(request) and wish.query.cursor:
        return render(request, "site/more.html", listed)
    # A later page brings neither facets nor map: they are those of the first.
    first = find(_first_page(request.GET), pins=MAX_PINS) if wish.query.cursor else page
    context = {
        **listed,
        "today": results.first_day(),
        "facets": results.facets(wish, first),
        "did_you_mean": results.meant(wish, perhaps_meant(text=wish.place)) if wish.place and not page.count else (),
        "pins": results.pins(first),
        **_map(wish, page.hits[0].city if page.hits else wish.place, first),
    }
    return render(request, "site/results.html" if wants_part(request) else "site/search.html", context)


@require_GET
@open_page
def card(request: HttpRequest) -> HttpResponse:
    """One place, for the map: any pin can be opened, also one that is not on this page of the list."""
    wish = results.Wish(request.GET)
    listing = published_listing(key=wish.given.get("listing", ""))
    plan = published_rate_plan(listing_id=listing.pk)
    facts, place = facts_of(listing), listing.property
    cart = _price(wish.query, listing.pk)
    shown = Card(
        listing_id=str(listing.pk),
        url=wish.place_address(listing.slug),
        title=listing.title,
        kind=place.category.name,
        place=place.neighbourhood or place.city,
        facts=facts_words(guests=facts.max_guests, bedrooms=facts.bedrooms, beds=facts.beds),
        rating=place.rating,
        picture=cover(place),
        nightly=cart.items[0].nightly if cart else PlacePage(listing, plan, facts).nightly,
        total=cart.total if cart else None,
        nights=wish.query.nights,
    )
    return render(request, "site/map_card.html", {"card": shown})


@require_GET
@open_page
def suggest(request: HttpRequest) -> HttpResponse:
    """The options of the place field: cities, neighbourhoods and properties for what is being typed."""
    return render(
        request, "site/suggestions.html", {"suggestions": suggestions_for(text=results.Wish(request.GET).place)}
    )


def _price(query: SearchQuery, listing_id: Any) -> PricedCart | None:
    if query.check_in is None or query.check_out is None:
        return None
    item = ItemRequest(listing_id, Nights(query.check_in, query.check_out), Party(query.guests))
    try:
        return price_cart(actor=Actor.anonymous(), items=[item])
    except (BadInput, DomainError):
        return None


def _first_page(given: QueryDict) -> SearchQuery:
    without = given.copy()
    without.pop("cursor", None)
    return results.Wish(without).query


def _map(wish: results.Wish, city: str, page: SearchPage) -> dict[str, Any]:
    base = base_map(city)
    return {"map": base, "map_bounds": results.bounds(wish, page, base.bounds)}
