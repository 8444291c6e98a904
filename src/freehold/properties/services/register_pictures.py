"""Make pictures known that lie in the static files or the storage already, with all their renditions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied
from freehold.properties.models import Picture


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """`path` is the widest rendition's name; `renditions` maps every width in pixels, as text, to a name."""

    path: str
    width: int
    height: int
    renditions: Mapping[str, str]
    is_static: bool


def register_pictures(*, actor: Actor, pictures: Iterable[StoredPicture]) -> dict[str, UUID]:
    """Makes or updates the pictures and returns the id of each path. For the system only: it trusts the
    paths.
    """
    if not actor.is_system:
        raise AccessDenied("People upload pictures; only the system registers them.")
    rows = [
        Picture(
            path=picture.path,
            width=picture.width,
            height=picture.height,
            renditions=dict(picture.renditions),
            is_static=picture.is_static,
        )
        for picture in pictures
    ]
    Picture.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["path"],
        update_fields=["width", "height", "renditions", "is_static", "updated_at"],
    )
    paths = [row.path for row in rows]
    return dict(Picture.objects.filter(path__in=paths).values_list("path", "pk"))
