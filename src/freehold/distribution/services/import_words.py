"""The vocabulary that imported places are described with, made where it is missing and otherwise left alone."""

from freehold.core.actor import Actor
from freehold.distribution.airbnb.amenities import AMENITIES, GROUPS
from freehold.distribution.airbnb.categories import CATEGORIES
from freehold.properties.models import Amenity, Category
from freehold.properties.services.define_vocabulary import (
    AmenityWord,
    CategoryWord,
    define_amenities,
    define_categories,
)


def define_vocabulary(*, actor: Actor) -> None:
    """Makes or updates all categories and amenities."""
    groups = {group.code: group.label for group in GROUPS}
    define_categories(actor=actor, words=[CategoryWord(node.slug, node.label, node.parent) for node in CATEGORIES])
    define_amenities(
        actor=actor,
        words=[AmenityWord(item.code, item.label, groups[item.group], item.icon) for item in AMENITIES],
    )


def ensure_vocabulary(*, actor: Actor) -> None:
    """Writes nothing when every word is there."""
    slugs, codes = {node.slug for node in CATEGORIES}, {item.code for item in AMENITIES}
    has_all = Category.objects.filter(slug__in=slugs).count() == len(slugs) and Amenity.objects.filter(
        code__in=codes
    ).count() == len(codes)
    if not has_all:
        define_vocabulary(actor=actor)
