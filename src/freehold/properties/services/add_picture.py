"""Take a picture into the gallery of a place."""

from typing import BinaryIO
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max
from PIL import Image

from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.core.ids import uuid7
from freehold.core.pictures import decode, encode
from freehold.properties.access import permitted
from freehold.properties.models import Picture, Property, PropertyPicture

MAX_PICTURES = 50
WIDTHS = (400, 800, 1600)


def add_picture(*, actor: Actor, property_id: UUID, upload: BinaryIO, alt: str) -> PropertyPicture:
    """Adds a picture at the end of the gallery, as WebP in up to three widths under a name of our own.

    Needs `properties.edit`. Raises BadInput for anything that is no picture of an accepted kind and size.
    """
    alt = alt.strip()
    if not 1 <= len(alt) <= 200:
        raise BadInput("Say in a few words what the picture shows.", code="required", attr="alt")
    permitted(actor=actor, model=Property, pk=property_id)
    image = decode(upload)
    name = f"pictures/{uuid7().hex}"
    renditions = {str(rendition.width): rendition for rendition in _renditions(image)}
    paths = {width: f"{name}-{width}.webp" for width in renditions}
    try:
        for width, rendition in renditions.items():
            default_storage.save(paths[width], ContentFile(encode(rendition)))
        with transaction.atomic():
            return _append(actor, property_id, image, paths, alt)
    except BaseException:
        for path in paths.values():
            default_storage.delete(path)
        raise


def _append(actor: Actor, property_id: UUID, image: Image.Image, paths: dict[str, str], alt: str) -> PropertyPicture:
    place = permitted(actor=actor, model=Property, pk=property_id, lock=True)
    gallery = PropertyPicture.objects.filter(property=place)
    if gallery.count() >= MAX_PICTURES:
        raise BadInput(f"A gallery has at most {MAX_PICTURES} pictures.", code="too_many", attr="file")
    last = gallery.aggregate(last=Max("position"))["last"]
    widest = max(paths, key=int)
    width = int(widest)
    picture = Picture.objects.create(
        path=paths[widest], width=width, height=round(image.height * width / image.width), renditions=paths
    )
    position = 0 if last is None else last + 1
    return PropertyPicture.objects.create(property=place, picture=picture, alt=alt, position=position)


def _renditions(image: Image.Image) -> list[Image.Image]:
    """The usual widths below the picture's own, and the largest that it fills."""
    widths = sorted({min(width, image.width) for width in WIDTHS})
    return [
        image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)
        for width in widths
    ]
