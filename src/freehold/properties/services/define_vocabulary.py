"""The words that properties are described with: the category tree and the amenities, shared by all companies."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied
from freehold.properties.models import Amenity, Category
from freehold.properties.tree import categories_changed


@dataclass(frozen=True, slots=True)
class CategoryWord:
    """A node of the tree; `parent` is a slug, empty for a root."""

    slug: str
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class AmenityWord:
    code: str
    name: str
    group: str
    icon: str = ""


def define_categories(*, actor: Actor, words: Iterable[CategoryWord]) -> dict[str, UUID]:
    """Makes or renames the nodes (a parent comes before its children) and returns the id of each slug."""
    _require_platform(actor)
    ids: dict[str, UUID] = {}
    with transaction.atomic():
        for position, word in enumerate(words):
            category, _ = Category.objects.update_or_create(
                slug=word.slug,
                defaults={
                    "name": word.name,
                    "position": position,
                    "parent_id": ids[word.parent] if word.parent else None,
                },
            )
            ids[word.slug] = category.pk
        categories_changed()
    return ids


def define_amenities(*, actor: Actor, words: Iterable[AmenityWord]) -> dict[str, UUID]:
    """Makes or renames amenities, in display order, and returns the id of each code."""
    _require_platform(actor)
    rows = [
        Amenity(code=word.code, name=word.name, group=word.group, icon=word.icon, position=position)
        for position, word in enumerate(words)
    ]
    Amenity.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "group", "icon", "position", "updated_at"],
    )
    codes = [row.code for row in rows]
    return dict(Amenity.objects.filter(code__in=codes).values_list("code", "pk"))


def _require_platform(actor: Actor) -> None:
    """Shared words are the platform's, not a company's."""
    if not (actor.is_system or (actor.user is not None and actor.user.is_superuser)):
        raise AccessDenied("Categories and amenities are kept by the platform.")
