"""Words of another system join ours: a category or an amenity that is missing is made, what is there stays as it is."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput
from freehold.properties.models import Amenity, Category
from freehold.properties.tree import categories_changed

_LONGEST_SLUG, _LONGEST_NAME = 120, 100
OTHER_AMENITIES = "Other"


def import_category(
    *, actor: Actor, slug: str, name: str, parent_id: UUID | None, serial: int | None = None
) -> tuple[UUID, bool]:
    """The category of this slug, made below its parent if there is none; whether it is new. For the system only.

    Raises BadInput for a slug or a name that is too long, or missing.
    """
    _require_system(actor)
    if not 1 <= len(slug) <= _LONGEST_SLUG or not 1 <= len(name) <= _LONGEST_NAME:
        raise BadInput(f"A category has a name of 1 to {_LONGEST_NAME} characters, and a slug.", attr="name")
    known = Category.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if known is not None:
        return known, False
    with transaction.atomic():
        last = Category.objects.filter(parent_id=parent_id).aggregate(last=Max("position"))["last"]
        category = Category.objects.create(
            slug=slug,
            name=name,
            parent_id=parent_id,
            position=min((last or 0) + 1, 32_767),
            **({} if serial is None else {"serial": serial}),
        )
        categories_changed()
    return category.pk, True


def import_amenities(*, actor: Actor, names: Mapping[str, str]) -> None:
    """Makes those of these codes that are missing, under their names. For the system only."""
    _require_system(actor)
    missing = names.keys() - set(Amenity.objects.filter(code__in=names).values_list("code", flat=True))
    last = Amenity.objects.aggregate(last=Max("position"))["last"] or 0
    Amenity.objects.bulk_create(
        (
            Amenity(code=code, name=names[code][:_LONGEST_NAME], group=OTHER_AMENITIES, position=min(last + 1, 32_767))
            for code in sorted(missing)
        ),
        ignore_conflicts=True,
    )


def _require_system(actor: Actor) -> None:
    if not actor.is_system:
        raise AccessDenied("Only the system imports words.")
