"""Take in a picture: decoded, checked, turned upright, stripped of what the camera wrote, and made again."""

import warnings
from io import BytesIO
from typing import BinaryIO
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max
from PIL import Image, ImageOps, UnidentifiedImageError

from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.core.ids import uuid7
from freehold.properties.access import permitted
from freehold.properties.models import Picture, Property, PropertyPicture

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_PICTURES = 50
WIDTHS = (400, 800, 1600)
# What is decoded is decided by the bytes, never by a name or a header that came along.
FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 80
_SMALLEST_SIDE = 100


def add_picture(*, actor: Actor, property_id: UUID, upload: BinaryIO, alt: str) -> PropertyPicture:
    """Adds a picture at the end of the gallery, as WebP in up to three widths under a name of our own.

    Needs `properties.edit`. Raises BadInput for anything that is no picture of an accepted kind and size.
    """
    alt = alt.strip()
    if not 1 <= len(alt) <= 200:
        raise BadInput("Say in a few words what the picture shows.", code="required", attr="alt")
    permitted(actor=actor, model=Property, pk=property_id)
    image = _decode(upload)
    name = f"pictures/{uuid7().hex}"
    renditions = {str(rendition.width): rendition for rendition in _renditions(image)}
    paths = {width: f"{name}-{width}.webp" for width in renditions}
    try:
        for width, rendition in renditions.items():
            default_storage.save(paths[width], ContentFile(_encode(rendition)))
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


def _decode(upload: BinaryIO) -> Image.Image:
    raw = upload.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise BadInput(f"A picture has at most {MAX_BYTES // 1024 // 1024} MB.", code="too_large", attr="file")
    try:
        with warnings.catch_warnings():
            # Our own limit is lower than the one that this warning is about, and is checked before decoding.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(raw), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            detail = f"A picture has at most {MAX_PIXELS // 1_000_000} million pixels."
            raise BadInput(detail, code="too_large", attr="file")
        upright: Image.Image = ImageOps.exif_transpose(image)
        upright.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        detail = "This is no picture that can be read: JPEG, PNG and WebP can."
        raise BadInput(detail, code="not_a_picture", attr="file") from error
    if min(upright.size) < _SMALLEST_SIDE:
        raise BadInput(f"At least {_SMALLEST_SIDE} pixels each way.", code="too_small", attr="file")
    return _on_white(upright)


def _on_white(image: Image.Image) -> Image.Image:
    """Plain pixels: a new image carries no metadata, no palette and no transparency."""
    seen_through = image.convert("RGBA")
    plain = Image.new("RGB", image.size, "white")
    plain.paste(seen_through, mask=seen_through.getchannel("A"))
    return plain


def _renditions(image: Image.Image) -> list[Image.Image]:
    """The usual widths below the picture's own, and the largest that it fills."""
    widths = sorted({min(width, image.width) for width in WIDTHS})
    return [
        image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)
        for width in widths
    ]


def _encode(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "WEBP", quality=_QUALITY, method=4)
    return out.getvalue()
