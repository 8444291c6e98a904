"""Pictures from outside: decoded, checked, turned upright, stripped of what the camera wrote, and made again."""

import warnings
from io import BytesIO
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from freehold.core.errors import BadInput

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
# What is decoded is decided by the bytes, never by a name or a header that came along.
FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 80
_SMALLEST_SIDE = 100


def decode(upload: BinaryIO) -> Image.Image:
    """The picture as plain upright pixels. Raises BadInput (`file`) for anything that is none, or not of our sizes."""
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


def encode(image: Image.Image) -> bytes:
    """The picture as WebP."""
    out = BytesIO()
    image.save(out, "WEBP", quality=_QUALITY, method=4)
    return out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    """Plain pixels: a new image carries no metadata, no palette and no transparency."""
    seen_through = image.convert("RGBA")
    plain = Image.new("RGB", image.size, "white")
    plain.paste(seen_through, mask=seen_through.getchannel("A"))
    return plain
