"""Pictures are made anew: what a camera or an attacker put into the file does not come along."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from freehold.core import pictures
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, NotFound
from freehold.properties.models import Picture, Property, PropertyPicture
from freehold.properties.services import add_picture as adding
from freehold.properties.services.add_picture import add_picture
from freehold.properties.services.remove_picture import remove_picture
from tests.factories import MembershipFactory, PictureFactory, PropertyFactory, UserFactory

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("test")
ORIENTATION, GPS = 0x0112, 0x8825


@pytest.fixture(autouse=True)
def _own_storage(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def photo(width: int = 2000, height: int = 1000, kind: str = "JPEG", mode: str = "RGB", **options: Any) -> BytesIO:
    image = Image.new(mode, (width, height), (200, 10, 10, 0)[: len(mode)] if mode != "P" else 0)
    out = BytesIO()
    image.save(out, kind, **options)
    return BytesIO(out.getvalue())


def add(upload: BytesIO, place: Property | None = None) -> PropertyPicture:
    place = place or PropertyFactory()
    return add_picture(actor=SYSTEM, property_id=place.pk, upload=upload, alt=" The garden ")


def stored(name: str) -> Image.Image:
    with default_storage.open(name) as file:
        return Image.open(BytesIO(file.read()))


def test_a_picture_comes_in_three_widths_under_a_name_of_our_own() -> None:
    shown = add(photo())
    picture = shown.picture
    assert (shown.alt, shown.position, picture.is_static) == ("The garden", 0, False)
    assert {width: stored(path).size for width, path in picture.renditions.items()} == {
        "400": (400, 200),
        "800": (800, 400),
        "1600": (1600, 800),
    }
    assert (picture.width, picture.height) == (1600, 800)
    assert picture.path == picture.renditions["1600"]
    assert picture.path.startswith("pictures/")
    assert {stored(path).format for path in picture.renditions.values()} == {"WEBP"}


def test_a_small_picture_is_not_blown_up() -> None:
    picture = add(photo(600, 300)).picture
    assert set(picture.renditions) == {"400", "600"}
    assert picture.width == 600


def test_what_the_camera_wrote_is_gone_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[1] = "N"
    picture = add(photo(1000, 500, exif=exif)).picture
    largest = stored(picture.path)
    assert largest.size == (500, 1000)
    assert not largest.getexif()
    assert b"Exif" not in default_storage.open(picture.path).read()


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("WEBP", "RGB"), ("JPEG", "CMYK")]
)
def test_every_accepted_kind_becomes_plain_pixels(kind: str, mode: str) -> None:
    image = stored(add(photo(kind=kind, mode=mode)).picture.path)
    assert image.mode == "RGB"
    if mode == "RGBA":
        assert image.getpixel((5, 5)) == (255, 255, 255)  # seen through: white


@pytest.mark.parametrize(
    "upload",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script></html>",
        b"\xff\xd8\xff\xe0 not really a photograph",
        photo(kind="GIF", mode="P").getvalue(),
        photo(kind="BMP").getvalue(),
        photo(kind="TIFF").getvalue(),
        photo().getvalue()[:2000],
    ],
    ids=["empty", "svg", "html", "magic only", "gif", "bmp", "tiff", "cut off"],
)
def test_only_what_decodes_as_a_photograph_is_taken(upload: bytes) -> None:
    with pytest.raises(BadInput) as refusal:
        add(BytesIO(upload))
    assert (refusal.value.code, refusal.value.errors[0].attr) == ("not_a_picture", "file")
    assert not Picture.objects.exists()


def test_a_picture_hidden_in_another_kind_of_file_loses_the_rest() -> None:
    picture = add(BytesIO(photo().getvalue() + b"<script>alert(1)</script>")).picture
    assert b"script" not in default_storage.open(picture.path).read()


def test_a_bomb_is_refused_by_its_header_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(self: Image.Image) -> None:
        raise AssertionError("decoded")

    bombs = [photo(8_000, 5_001, "PNG", "L"), photo(30_000, 30_000, "PNG", "1")]
    monkeypatch.setattr(Image.Image, "load", explode)
    for bomb in bombs:
        with pytest.raises(BadInput):
            add(bomb)


def test_limits_hold_at_their_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    upload = photo(300, 200)
    size = len(upload.getvalue())
    monkeypatch.setattr(pictures, "MAX_BYTES", size)
    add(upload)
    monkeypatch.setattr(pictures, "MAX_BYTES", size - 1)
    with pytest.raises(BadInput) as refusal:
        add(BytesIO(upload.getvalue()))
    assert refusal.value.code == "too_large"
    with pytest.raises(BadInput):
        add(photo(99, 500))


def test_a_gallery_is_in_order_and_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    place = PropertyFactory(pictures=[PictureFactory()])
    assert add(photo(300, 200), place).position == 1
    monkeypatch.setattr(adding, "MAX_PICTURES", 2)
    with pytest.raises(BadInput) as refusal:
        add(photo(300, 200), place)
    assert refusal.value.code == "too_many"
    files = [path for path in Path(default_storage.location).rglob("*") if path.is_file()]  # type: ignore[attr-defined]
    assert len(files) == 1, "the refused picture left files"


def test_only_people_of_the_company_change_a_gallery() -> None:
    place = PropertyFactory()
    host = Actor.of(MembershipFactory(company=place.company).user)
    shown = add_picture(actor=host, property_id=place.pk, upload=photo(300, 200), alt="Door")
    for stranger in (Actor.of(UserFactory()), Actor.of(MembershipFactory().user), Actor.anonymous()):
        with pytest.raises(NotFound):
            add_picture(actor=stranger, property_id=place.pk, upload=photo(300, 200), alt="Door")
        with pytest.raises(NotFound):
            remove_picture(actor=stranger, property_id=place.pk, picture_id=shown.picture_id)


def test_a_removed_picture_takes_its_files_along(django_capture_on_commit_callbacks: Any) -> None:
    shown = add(photo())
    paths = list(shown.picture.renditions.values())
    with django_capture_on_commit_callbacks(execute=True):
        remove_picture(actor=SYSTEM, property_id=shown.property_id, picture_id=shown.picture_id)
    assert not Picture.objects.exists()
    assert not any(default_storage.exists(path) for path in paths)


def test_a_picture_that_is_shown_elsewhere_or_shipped_with_the_site_stays() -> None:
    picture = PictureFactory()
    place = PropertyFactory(pictures=[picture])
    remove_picture(actor=SYSTEM, property_id=place.pk, picture_id=picture.pk)
    assert Picture.objects.get() == picture
    with pytest.raises(NotFound):
        remove_picture(actor=SYSTEM, property_id=place.pk, picture_id=picture.pk)
