"""What is for sale, as the list and its own page show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import quote

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext

from freehold.domain.money import Money
from freehold.properties.models import Listing, SaleDetails
from freehold.properties.selectors import Facts, facts_of
from freehold.web.site.present.pictures import Image, cover, gallery
from freehold.web.site.present.place import Crumb, Line
from freehold.web.ui import formats
from freehold.web.ui.words import place_words


@dataclass(frozen=True, slots=True)
class SaleCard:
    url: str
    title: str
    place: str
    facts: str
    price: Money
    picture: Image | None


@dataclass(frozen=True, slots=True)
class EarlierSale:
    on: date
    price: Money


def sale_card(listing: Listing) -> SaleCard:
    """Reads what the selector brought along."""
    sale, facts = listing.sale, facts_of(listing)
    return SaleCard(
        url=reverse("site:place", args=[listing.slug]),
        title=listing.title,
        place=_address(listing),
        facts=" · ".join(_rooms(facts) + _areas(sale)),
        price=Money(sale.price_minor, listing.currency),
        picture=cover(listing.property),
    )


class SalePage:
    """Reads what `published_listing` brought along, and the sale's details."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self._property = listing.property
        self._facts = facts_of(listing)
        self._sale: SaleDetails = listing.sale

    @property
    def title(self) -> str:
        return self.listing.title

    @property
    def kind(self) -> str:
        return self._property.category.name

    @property
    def address(self) -> str:
        return _address(self.listing)

    @property
    def company(self) -> str:
        return self.listing.company.name

    @property
    def description(self) -> str:
        return self._property.description

    @property
    def price(self) -> Money:
        return Money(self._sale.price_minor, self.listing.currency)

    @property
    def price_per_area(self) -> Money | None:
        """For each square metre to live in, rounded."""
        area = self._sale.living_area_m2
        return Money(round(self._sale.price_minor / area), self.listing.currency) if area else None

    @property
    def crumbs(self) -> list[Crumb]:
        every = reverse("site:sales")
        here = Crumb(self._property.city, f"{every}?{urlencode({'q': self._property.city})}")
        return [Crumb(gettext("For sale"), every), here]

    @cached_property
    def pictures(self) -> list[Image]:
        return gallery(self._property)

    @property
    def facts(self) -> list[Line]:
        icons = {"bedrooms": "bed-double", "bathrooms": "bath", "living": "house", "plot": "leaf"}
        words = {**_room_words(self._facts), **_area_words(self._sale)}
        return [Line(icons[name], text) for name, text in words.items()]

    @property
    def facts_line(self) -> str:
        return ", ".join(fact.text for fact in self.facts)

    @property
    def particulars(self) -> list[tuple[str, str]]:
        """What is known beyond rooms and areas, as (what, how much)."""
        sale = self._sale
        rows = [
            (gettext("Built in"), str(sale.year_built or "")),
            (gettext("Renovated in"), str(sale.year_renovated or "")),
            (gettext("Floors"), formats.number(sale.floors) if sale.floors else ""),
            (gettext("Condition, of 5"), str(sale.condition or "")),
            (gettext("Building grade, of 13"), str(sale.grade or "")),
            (gettext("By the water"), gettext("Yes") if sale.has_water_view else ""),
        ]
        return [(name, value) for name, value in rows if value]

    @property
    def earlier_sales(self) -> list[EarlierSale]:
        """The latest first."""
        currency = self.listing.currency
        return [
            EarlierSale(date.fromisoformat(sale["on"]), Money(sale["price_minor"], currency))
            for sale in reversed(self._sale.earlier_sales)
        ]

    @property
    def centre(self) -> str:
        return f"{self._property.longitude},{self._property.latitude}"

    @property
    def enquiry_address(self) -> str:
        """A mail to the company about this house; empty when the company gives no address."""
        email = self.listing.company.email
        return f"mailto:{quote(email, safe='@')}?{_mail_query(self.listing)}" if email else ""


def _mail_query(listing: Listing) -> str:
    subject = gettext("Enquiry: %(title)s (%(slug)s)") % {"title": listing.title, "slug": listing.slug}
    return f"subject={quote(subject)}"


def _address(listing: Listing) -> str:
    place = listing.property
    return ", ".join(part for part in (place.street, place_words(place), place.postal_code) if part)


def _rooms(facts: Facts) -> list[str]:
    return list(_room_words(facts).values())


def _areas(sale: SaleDetails) -> list[str]:
    return [_area_words(sale)["living"]] if sale.living_area_m2 else []


def _room_words(facts: Facts) -> dict[str, str]:
    """Only what there is: a record without bedrooms does not say that there are none."""
    words: dict[str, str] = {}
    if facts.bedrooms:
        count = ngettext("%(n)s bedroom", "%(n)s bedrooms", facts.bedrooms)
        words["bedrooms"] = count % {"n": facts.bedrooms}
    if facts.bathrooms:
        bathrooms = ngettext("%(n)s bathroom", "%(n)s bathrooms", 1 if facts.bathrooms == 1 else 2)
        words["bathrooms"] = bathrooms % {"n": formats.number(facts.bathrooms)}
    return words


def _area_words(sale: SaleDetails) -> dict[str, str]:
    words: dict[str, str] = {}
    if sale.living_area_m2:
        words["living"] = gettext("%(area)s m²") % {"area": formats.number(sale.living_area_m2)}
    if sale.plot_area_m2:
        words["plot"] = gettext("Plot of %(area)s m²") % {"area": formats.number(sale.plot_area_m2)}
    return words
