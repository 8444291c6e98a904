"""What is on offer in all: counts of published stays by city, neighbourhood and category, and the best rated."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, QuerySet

from freehold.properties.models import Category, Listing
from freehold.properties.selectors import with_details

ENOUGH_REVIEWS = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """A city, a neighbourhood or a category, with the number of published stays behind it."""

    name: str
    count: int
    slug: str = ""


def offers_by_city() -> list[Offer]:
    """Largest first."""
    return _offers(_stays(), "property__city")


def offers_by_neighbourhood(*, city: str) -> list[Offer]:
    """Largest first; places without a neighbourhood are left out."""
    stays = _stays().filter(property__city=city).exclude(property__neighbourhood="")
    return _offers(stays, "property__neighbourhood")


def offers_by_category() -> list[Offer]:
    """The kinds below the roots ("Apartments", "Houses", "Hotels"), with all that lies below each; largest first."""
    categories = {category.pk: category for category in Category.objects.all()}
    rows = _stays().values_list("property__category_id").annotate(count=Count("pk"))
    counts: dict[UUID, int] = {}
    for category_id, count in rows:
        kind = _below_root(categories[category_id], categories)
        counts[kind.pk] = counts.get(kind.pk, 0) + count
    offers = [Offer(categories[pk].name, count, categories[pk].slug) for pk, count in counts.items()]
    return sorted(offers, key=lambda offer: (-offer.count, offer.name))


def best_rated(*, limit: int, city: str = "") -> list[Listing]:
    """Published stays that many guests rated highly, as a list shows them, with their rate plans."""
    stays = _stays().filter(property__review_count__gte=ENOUGH_REVIEWS)
    if city:
        stays = stays.filter(property__city=city)
    ranked = stays.order_by(F("property__rating").desc(nulls_last=True), "-property__review_count", "pk")
    return list(with_details(ranked).select_related("rate_plan")[:limit])


def _stays() -> QuerySet[Listing]:
    return Listing.objects.published().filter(mode=Listing.Mode.STAY)


def _offers(stays: QuerySet[Listing], column: str) -> list[Offer]:
    rows = stays.values_list(column).annotate(count=Count("pk")).order_by("-count", column)
    return [Offer(name, count) for name, count in rows]


def _below_root(category: Category, categories: dict[UUID, Category]) -> Category:
    """The ancestor whose parent is a root; a root stands for itself. Bounded, should the tree ever hold a cycle."""
    for _ in range(len(categories)):
        parent = categories.get(category.parent_id) if category.parent_id else None
        if parent is None or parent.parent_id is None:
            break
        category = parent
    return category
