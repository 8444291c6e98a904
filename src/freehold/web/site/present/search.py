"""What a visitor looks for, read from the address, and what was found, ready to print.

A page never refuses an address that somebody edited: what makes no sense is left out, the page says so, and the rest
is searched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from freehold.core import clock
from freehold.core.errors import BadInput
from freehold.domain.money import Money
from freehold.domain.party import MAX_ADULTS
from freehold.domain.periods import MAX_NIGHTS
from freehold.inventory.search.page import Hit, SearchPage
from freehold.inventory.search.query import Box, SearchQuery, Sort
from freehold.inventory.search.suggestions import Suggestion
from freehold.web.site.present.card import Card
from freehold.web.site.present.pictures import image
from freehold.web.site.present.place import HIGHLIGHTS, facts_words
from freehold.web.ui import formats
from freehold.web.ui.words import guests_words

PAGE_SIZE = 18
MAX_GUESTS = MAX_ADULTS
MAX_BEDROOMS = 20
BEDROOM_CHOICES = range(1, 6)
STAY_KEYS = ("check_in", "check_out", "guests")
FIELD_OF_ATTR = {"bbox": "box"}


# The zone that is furthest behind: no calendar of any place shows an earlier day than this one's.
FURTHEST_BEHIND = timedelta(hours=12)


def first_day() -> date:
    """The first day that may still be asked for somewhere."""
    return (clock.now() - FURTHEST_BEHIND).date()


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a filter with the number of places behind it."""

    value: str
    label: str
    count: int
    selected: bool


class Wish:
    """The visitor's search. `query` is what the calendar is asked; the attributes are what the forms show again."""

    def __init__(self, given: QueryDict) -> None:
        given = _printable(given)
        self.given = given
        self.place = given.get("place", "").strip()[:120]
        self.bbox = given.get("bbox", "")
        box = _read(given.get("bbox"), _box)
        fields: dict[str, Any] = {
            # Who moves the map looks at the map: the name searched for before no longer narrows.
            "place": "" if box else self.place,
            "check_in": _read(given.get("check_in"), date.fromisoformat),
            "check_out": _read(given.get("check_out"), date.fromisoformat),
            "guests": _whole(given.get("guests"), 1, MAX_GUESTS) or 2,
            "box": box,
            "min_price": _read(given.get("min_price"), _price),
            "max_price": _read(given.get("max_price"), _price),
            "bedrooms": _whole(given.get("bedrooms"), 1, MAX_BEDROOMS) or 0,
            "amenities": tuple(code for text in given.getlist("amenities") for code in text.split(",") if code),
            "category": given.get("category", "")[:120],
            "sort": _read(given.get("sort"), Sort) or Sort.RELEVANCE,
            "cursor": given.get("cursor", ""),
            "page_size": PAGE_SIZE,
        }
        self.query = _query(fields)

    def __getattr__(self, name: str) -> Any:
        """Everything else as it is searched for."""
        return getattr(self.query, name)

    @property
    def guests(self) -> int:
        return self.query.guests

    @property
    def notices(self) -> list[str]:
        """What of the address was left out, and why."""
        said, query = self.given.get, self.query
        notices = []
        if query.check_in is None and (said("check_in") or said("check_out")):
            notices.append(self._dates_notice())
        if said("guests") and _whole(said("guests"), 1, MAX_GUESTS) is None:
            notices.append(
                gettext("The number of guests was left out: it is 1 to %(most)s. These are places for %(guests)s.")
                % {"most": MAX_GUESTS, "guests": guests_words(query.guests)}
            )
        least, most = (_read(said(name), _price) for name in ("min_price", "max_price"))
        if least is not None and most is not None and least > most:
            notices.append(gettext("The highest price was left out: it is below the lowest."))
        elif (said("min_price") and least is None) or (said("max_price") and most is None):
            notices.append(gettext("A price that is not an amount was left out."))
        if said("bedrooms") and not query.bedrooms:
            notices.append(gettext("The number of bedrooms was left out: it is 1 to %(n)s.") % {"n": MAX_BEDROOMS})
        if said("bbox") and query.box is None:
            notices.append(gettext("The part of the map was left out: it is not one that exists."))
        return notices

    def _dates_notice(self) -> str:
        check_in, check_out = (_read(self.given.get(name), date.fromisoformat) for name in ("check_in", "check_out"))
        if not (self.given.get("check_in") and self.given.get("check_out")):
            return gettext("Your date was left out: choose both, the day you arrive and the day you leave.")
        if check_in is None or check_out is None:
            return gettext("Your dates were left out: one of them is not a day of the calendar.")
        if check_in >= check_out:
            return gettext("Your dates were left out: you leave after you arrive.")
        return gettext("Your dates were left out: a stay has at most %(n)s nights.") % {"n": MAX_NIGHTS}

    @property
    def is_filtered(self) -> bool:
        query = self.query
        chosen = (query.min_price, query.max_price, query.bedrooms, query.amenities, query.category)
        return any(choice for choice in chosen)

    @property
    def unfiltered_url(self) -> str:
        return self.address("place", *STAY_KEYS, "sort")

    @property
    def first_page_url(self) -> str:
        return self.address(*(key for key in self.given if key != "cursor"))

    def next_url(self, cursor: str) -> str:
        return self.address(*self.given, cursor=cursor)

    def address(self, *keys: str, **changed: str) -> str:
        kept = QueryDict(mutable=True)
        for key in keys:
            if values := [value for value in self.given.getlist(key) if value]:
                kept.setlist(key, values)
        kept.update(changed)
        return f"{reverse('site:search')}?{kept.urlencode()}"

    def place_address(self, slug: str) -> str:
        """The page of a place, with the dates and the party of this search."""
        kept = QueryDict(mutable=True)
        for key in STAY_KEYS:
            if value := self.given.get(key):
                kept[key] = value
        address = reverse("site:place", args=[slug])
        return f"{address}?{kept.urlencode()}" if kept else address

    @property
    def sorts(self) -> list[tuple[str, str]]:
        return [
            (Sort.RELEVANCE, gettext("Recommended")),
            (Sort.PRICE, gettext("Price, low to high")),
            (Sort.PRICE_DESCENDING, gettext("Price, high to low")),
            (Sort.RATING, gettext("Rating")),
        ]


def cards(wish: Wish, hits: Iterable[Hit]) -> list[Card]:
    return [
        Card(
            listing_id=str(hit.listing_id),
            url=wish.place_address(hit.slug),
            title=hit.title,
            kind=hit.category_name,
            place=hit.neighbourhood or hit.city,
            facts=facts_words(guests=hit.max_guests, bedrooms=hit.bedrooms, beds=hit.beds),
            rating=hit.rating,
            picture=image(hit.picture, hit.picture_alt) if hit.picture else None,
            nightly=hit.nightly,
            total=hit.total,
            nights=wish.query.nights,
        )
        for hit in hits
    ]


def pins(page: SearchPage) -> list[dict[str, Any]]:
    """What the map's script reads: places, or groups of them with the corners of their box."""
    singles: list[dict[str, Any]] = [
        {
            "id": str(pin.listing_id),
            "lat": round(pin.latitude, 5),
            "lng": round(pin.longitude, 5),
            "price": formats.money_whole(pin.price),
        }
        for pin in page.pins
    ]
    for group in page.clusters:
        spot = {
            "lat": round(group.latitude, 5),
            "lng": round(group.longitude, 5),
            "price": formats.money_whole(group.price_from),
        }
        if group.listing_id is not None:
            singles.append({"id": str(group.listing_id), **spot})
        else:
            singles.append({"count": group.count, "box": list(group.bounds), **spot})
    return singles


def meant(wish: Wish, places: Iterable[Suggestion]) -> list[tuple[str, str]]:
    """Places that the visitor may have meant, with the address of the same search there."""
    keys = [key for key in wish.given if key not in {"place", "cursor", "bbox"}]
    return [(place.text, wish.address(*keys, place=place.text)) for place in places if place.text != wish.place]


def bounds(wish: Wish, page: SearchPage, fallback: str) -> str:
    """What the map shows first: the box of the address, else all hits, else the city."""
    if wish.query.box is not None:
        return wish.bbox
    corners = [(pin.longitude, pin.latitude, pin.longitude, pin.latitude) for pin in page.pins]
    corners += [group.bounds for group in page.clusters]
    if not corners:
        return fallback
    wests, souths, easts, norths = zip(*corners, strict=True)
    return f"{min(wests)},{min(souths)},{max(easts)},{max(norths)}"


@dataclass(frozen=True, slots=True)
class Facets:
    """The filters' choices. `bars` is the price histogram: heights from 0 to 40."""

    bedrooms: list[Option]
    categories: list[Option]
    amenities: list[Option]
    price_min: Money | None
    price_max: Money | None
    bars: list[dict[str, int]]


def facets(wish: Wish, page: SearchPage) -> Facets:
    known, price, query = page.facets, page.facets.get("price"), wish.query
    return Facets(
        bedrooms=[Option(str(n), f"{n}+", 0, n == query.bedrooms) for n in BEDROOM_CHOICES],
        categories=_options(known.get("categories", ()), {query.category} - {""}),
        amenities=sorted(_options(known.get("amenities", ()), set(query.amenities)), key=_wanted),
        price_min=Money.parse(**_money(price["min"])) if price else None,
        price_max=Money.parse(**_money(price["max"])) if price else None,
        bars=_bars(price["histogram"]) if price else [],
    )


def _wanted(option: Option) -> int:
    """What guests look for first comes first; the rest keeps its order."""
    return HIGHLIGHTS.index(option.value) if option.value in HIGHLIGHTS else len(HIGHLIGHTS)


def _money(data: dict[str, str]) -> dict[str, str]:
    return {"text": data["amount"], "currency": data["currency"]}


def _bars(counts: list[int]) -> list[dict[str, int]]:
    most = max(counts) or 1
    heights = [max(1, count * 40 // most) if count else 0 for count in counts]
    return [{"x": index * 12, "y": 40 - height, "height": height} for index, height in enumerate(heights)]


def _options(counted: Iterable[dict[str, Any]], selected: set[str]) -> list[Option]:
    """A choice that is made stays in the list, whether or not anything is left behind it."""
    options = [Option(item["code"], item["name"], item["count"], item["code"] in selected) for item in counted]
    missing = selected - {option.value for option in options}
    return [*(Option(code, code.replace("-", " ").capitalize(), 0, True) for code in sorted(missing)), *options]


def _printable(given: QueryDict) -> QueryDict:
    """Without the one character that PostgreSQL cannot read."""
    clean = QueryDict(mutable=True)
    for key, values in given.lists():
        clean.setlist(key, [value.replace("\x00", "") for value in values])
    return clean


def _query(fields: dict[str, Any]) -> SearchQuery:
    while True:
        try:
            return SearchQuery(**fields)
        except BadInput as refusal:
            wrong = {FIELD_OF_ATTR.get(error.attr or "", error.attr or "") for error in refusal.errors} & fields.keys()
            if not wrong:
                raise
            if wrong & {"check_in", "check_out"}:
                wrong |= {"check_in", "check_out"}
            fields = {name: value for name, value in fields.items() if name not in wrong}


def _read[T](text: str | None, reader: Callable[[str], T]) -> T | None:
    if not text:
        return None
    try:
        return reader(text)
    except (ValueError, ArithmeticError):
        return None


def _whole(text: str | None, least: int, most: int) -> int | None:
    number = int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else None
    return number if number is not None and least <= number <= most else None


def _price(text: str) -> Decimal:
    price = Decimal(text)
    if not price.is_finite() or not 0 <= price < 10**9 or len(text) > 16:
        raise InvalidOperation
    return price


def _box(text: str) -> Box:
    west, south, east, north = (float(part) for part in text.split(","))
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90):
        raise ValueError("not on this planet")
    return Box(west, south, east, north)
