"""Pictures with their addresses: seeded ones are static files, uploaded ones lie in the default storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.files.storage import default_storage
from django.templatetags.static import static

from freehold.properties.models import Picture, Property


@dataclass(frozen=True, slots=True)
class Image:
    """`renditions` maps widths in pixels to addresses."""

    url: str
    alt: str
    width: int
    height: int
    renditions: Mapping[int, str]


def image(picture: Picture, alt: str) -> Image:
    address = static if picture.is_static else default_storage.url
    return Image(
        url=address(picture.path),
        alt=alt,
        width=picture.width,
        height=picture.height,
        renditions={int(width): address(path) for width, path in picture.renditions.items()},
    )


def gallery(place: Property) -> list[Image]:
    """Every picture of the place, in order. The gallery and its pictures are prefetched by the selectors."""
    return [image(entry.picture, entry.alt) for entry in place.gallery.all()]


def cover(place: Property) -> Image | None:
    return next(iter(gallery(place)), None)
