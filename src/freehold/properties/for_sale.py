"""Reads of what is for sale."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from freehold.core.errors import BadInput, NotFound
from freehold.domain.money import CURRENCIES, exponent
from freehold.properties.models import Listing
from freehold.properties.selectors import with_details

_TEXTS = (
    "title",
    *(f"property__{name}" for name in ("neighbourhood", "city", "region", "postal_code", "street")),
)


class SaleSort(StrEnum):
    NEWEST = "newest"
    PRICE = "price"
    PRICE_DOWN = "-price"
    LARGEST = "-area"


_ORDER: dict[SaleSort, tuple[str, ...]] = {
    SaleSort.NEWEST: ("-id",),
    SaleSort.PRICE: ("sale__price_minor", "-id"),
    SaleSort.PRICE_DOWN: ("-sale__price_minor", "-id"),
    SaleSort.LARGEST: ("-sale__living_area_m2", "-id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleFilter:
    """Prices are whole amounts of `currency`, and leave out what is asked in another. `bedrooms` and `area_m2` are at
    least; `text` is words that all stand in the place's address or title.
    """

    text: str = ""
    currency: str = ""
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    bedrooms: int | None = None
    area_m2: int | None = None

    def __post_init__(self) -> None:
        if self.currency and self.currency not in CURRENCIES:
            raise BadInput("There is no such currency.", code="unknown_currency", attr="currency")


def listings_for_sale(wanted: SaleFilter) -> QuerySet[Listing]:
    """Published listings for sale that fit, with their details, place, unit and pictures at hand; not in any order."""
    found = published_sales()
    for word in wanted.text.split():
        fits = Q()
        for text in _TEXTS:
            fits |= Q(**{f"{text}__icontains": word})
        found = found.filter(fits)
    if wanted.bedrooms is not None:
        found = found.filter(unit__bedrooms__gte=wanted.bedrooms)
    if wanted.area_m2 is not None:
        found = found.filter(sale__living_area_m2__gte=wanted.area_m2)
    currency = wanted.currency
    if not currency and (wanted.min_price is not None or wanted.max_price is not None):
        currency = usual_currency()
    if currency:
        found = found.filter(currency=currency)
        for bound, name in ((wanted.min_price, "gte"), (wanted.max_price, "lte")):
            if bound is not None:
                found = found.filter(**{f"sale__price_minor__{name}": int(bound * 10 ** exponent(currency))})
    return found


def published_sales() -> QuerySet[Listing]:
    """Everything that is published and for sale, with what pages and the API show of it."""
    listings = Listing.objects.published().filter(mode=Listing.Mode.SALE, sale__isnull=False)
    return with_details(listings).select_related("sale")


def in_order(listings: QuerySet[Listing], sort: SaleSort) -> QuerySet[Listing]:
    return listings.order_by(*_ORDER[sort])


def published_sale(*, key: UUID | str) -> Listing:
    """One published listing for sale by id or slug. Raises NotFound."""
    try:
        found = published_sales().filter(pk=UUID(str(key))).first()
    except ValueError:
        found = published_sales().filter(slug=key).first()
    if found is None:
        raise NotFound("There is no such listing.")
    return found


def usual_currency() -> str:
    """The currency that most of what is for sale is priced in; empty when nothing is."""
    sales = Listing.objects.published().filter(mode=Listing.Mode.SALE)
    counted = sales.order_by().values("currency").annotate(count=Count("pk")).order_by("-count", "currency")
    first = counted.first()
    return str(first["currency"]) if first else ""
