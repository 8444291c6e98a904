"""The first page: a search bar over one picture; below it cities, kinds of places and the best rated."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from freehold.properties.models import Listing
from freehold.properties.overview import (
    Offer,
    best_rated,
    offers_by_category,
    offers_by_city,
    offers_by_neighbourhood,
)
from freehold.properties.selectors import facts_of
from freehold.web.site.present.card import Card
from freehold.web.site.present.pictures import cover
from freehold.web.site.present.place import facts_words, lowest_price
from freehold.web.site.present.search import first_day
from freehold.web.ui.pages import open_page

CARDS = 8
CANDIDATES = 60
TILES = 4
CATEGORY_ICONS = {
    "apartments": "building-2",
    "houses": "house",
    "secondary-units": "bed-double",
    "hotels": "key-round",
    "inns": "coffee",
    "on-the-water": "waves",
    "in-nature": "leaf",
}


@require_GET
@open_page
def home(request: HttpRequest) -> HttpResponse:
    cities = offers_by_city()
    main_city = cities[0].name if cities else ""
    neighbourhoods = offers_by_neighbourhood(city=main_city)
    rated = best_rated(limit=CANDIDATES)
    context = {
        "search": {"guests": 2},
        "today": first_day(),
        "place_names": [offer.name for offer in (*cities, *neighbourhoods)],
        "tiles": _tiles(cities if len(cities) >= TILES else [*cities, *neighbourhoods], rated),
        "categories": [
            {"offer": offer, "icon": CATEGORY_ICONS.get(offer.slug, "house")} for offer in offers_by_category()
        ],
        "cards": _distinct_looking([card(listing) for listing in rated])[:CARDS],
        "neighbourhoods": neighbourhoods,
        "main_city": main_city,
    }
    return render(request, "site/home.html", context)


def card(listing: Listing) -> Card:
    place, facts, plan = listing.property, facts_of(listing), listing.rate_plan
    return Card(
        listing_id=str(listing.pk),
        url=reverse("site:place", args=[listing.slug]),
        title=listing.title,
        kind=place.category.name,
        place=place.neighbourhood or place.city,
        facts=facts_words(guests=facts.max_guests, bedrooms=facts.bedrooms, beds=facts.beds),
        rating=place.rating,
        picture=cover(place),
        nightly=lowest_price(plan),
    )


def _tiles(offers: list[Offer], rated: list[Listing]) -> list[dict[str, object]]:
    """The largest offers, each with a picture of a well rated place there; no picture twice."""
    tiles: list[dict[str, object]] = []
    used: set[str] = set()
    for offer in offers:
        there = (
            listing.property
            for listing in rated
            if offer.name in {listing.property.city, listing.property.neighbourhood}
        )
        pictures = (cover(place) for place in there)
        found = next((image for image in pictures if image is not None and image.url not in used), None)
        if found is not None:
            used.add(found.url)
            tiles.append({"offer": offer, "picture": found})
        if len(tiles) == TILES:
            break
    return tiles


def _distinct_looking(cards: list[Card]) -> list[Card]:
    """Places with a picture that no earlier one had come first."""
    seen: set[str] = set()
    fresh: list[Card] = []
    again: list[Card] = []
    for item in cards:
        address = item.picture.url if item.picture else ""
        (again if address in seen else fresh).append(item)
        seen.add(address)
    return [*fresh, *again]
