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
    define_categories(actor=actor, words=[CategoryWord(node.slug, node.label, node.parent) for node in CATEGORIES])
    _define_amenities(actor)


def ensure_vocabulary(*, actor: Actor) -> None:
    """Writes nothing when every word is there."""
    slugs = {node.slug for node in CATEGORIES}
    if Category.objects.filter(slug__in=slugs).count() != len(slugs) or not _has_amenities():
        define_vocabulary(actor=actor)


def ensure_amenities(*, actor: Actor) -> None:
    """The same for who has categories of its own: ours would take the numbers that those have."""
    if not _has_amenities():
        _define_amenities(actor)


def _has_amenities() -> bool:
    codes = {item.code for item in AMENITIES}
    return Amenity.objects.filter(code__in=codes).count() == len(codes)


def _define_amenities(actor: Actor) -> None:
    groups = {group.code: group.label for group in GROUPS}
    words = [AmenityWord(item.code, item.label, groups[item.group], item.icon) for item in AMENITIES]
    define_amenities(actor=actor, words=words)
