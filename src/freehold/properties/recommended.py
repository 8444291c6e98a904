"""The best rated places of a category and all below it."""

from uuid import UUID

from django.core.cache import cache
from django.db.models import ExpressionWrapper, F, FloatField, Value
from django.db.models.functions import Coalesce

from freehold.core.errors import NotFound
from freehold.properties.models import Category, Listing, PropertyPicture
from freehold.properties.selectors import with_details
from freehold.properties.tree import category_index

MAX_RECOMMENDED = 100
KEPT_SECONDS = 60
PRIOR_RATING = 4.5
PRIOR_REVIEWS = 10

# The Bayesian average: a place counts as if ten more guests had given the usual rating, so that one kind guest does not
# outweigh two hundred.
_STANDING = ExpressionWrapper(
    (
        Coalesce(F("property__rating"), Value(PRIOR_RATING), output_field=FloatField()) * F("property__review_count")
        + Value(PRIOR_RATING * PRIOR_REVIEWS)
    )
    / (F("property__review_count") + Value(float(PRIOR_REVIEWS))),
    output_field=FloatField(),
)


def recommended_listings(*, category_id: UUID, limit: int = 20) -> list[Listing]:
    """Priced and published, one listing of each property, the best rated first, at most 100.

    At hand: everything that a list shows, and the rate plan. The order is at most a minute old; what is not published
    any more is left out at once, and a category that changed is asked anew. Raises NotFound.
    """
    tree = category_index()
    if category_id not in tree.nodes and not Category.objects.filter(pk=category_id).exists():
        raise NotFound("There is no such category.")
    ids = cache.get_or_set(
        f"properties.recommended.{tree.stamp}.{category_id}",
        lambda: _best_rated(tree.branch(category_id)),
        KEPT_SECONDS,
    )
    shown = with_details(Listing.objects.published()).select_related("rate_plan").filter(rate_plan__isnull=False)
    found = shown.in_bulk(ids[: min(limit, MAX_RECOMMENDED)])
    return [found[each] for each in ids if each in found]


def covers_of(property_ids: list[UUID]) -> dict[UUID, PropertyPicture]:
    """The first picture of each gallery, by property; one query."""
    first = (
        PropertyPicture.objects.filter(property_id__in=property_ids)
        .order_by("property_id", "position")
        .distinct("property_id")
        .select_related("picture")
    )
    return {shown.property_id: shown for shown in first}


def _best_rated(category_ids: frozenset[UUID]) -> list[UUID]:
    priced = Listing.objects.published().filter(property__category_id__in=category_ids, rate_plan__isnull=False)
    one_of_each = priced.order_by("property_id", "id").distinct("property_id").values("pk")
    ranked = Listing.objects.published().filter(pk__in=one_of_each).annotate(standing=_STANDING)
    return list(
        ranked.order_by("-standing", "-property__review_count", "pk").values_list("pk", flat=True)[:MAX_RECOMMENDED]
    )
