"""`./freehold import estate|stays|resort`: what a person types, sees and keeps; and that docs/migrating.md is right."""

import gzip
import json
import re
import shlex
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from freehold.bookings.models import Booking
from freehold.cli import main
from freehold.cli.importing import import_
from freehold.companies.models import Company
from freehold.properties.models import PropertyPicture
from tests.apps.distribution.moving import dumps, test_resort, test_stays
from tests.factories import CompanyFactory
from tests.support.promises import broken_promises
from tests.support.unmoved import fingerprint

GUIDE = Path(__file__).parents[2] / "docs/migrating.md"

pytestmark = pytest.mark.django_db


def picture_file() -> bytes:
    stream = BytesIO()
    Image.new("RGB", (640, 480), "navy").save(stream, "JPEG")
    return stream.getvalue()


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(main, ["import", *map(str, arguments)], catch_exceptions=False)


def commands() -> list[list[str]]:
    """Every command of the guide, in its order."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    return [shlex.split(line) for block in blocks for line in block.splitlines() if line.strip()]


def prepare(folder: Path) -> None:
    """The dumps that the guide speaks of, and a folder of pictures."""
    place = dumps.estate_property(image="properties/villa.jpg")
    estate = [dumps.user(), dumps.category(), place, dumps.booking(), dumps.payment()]
    dumps.write(folder, estate, "estate.json")
    dumps.write(folder, [test_stays.person(), test_stays.listing(), test_stays.stay()], "stays.json")
    resort = [test_resort.person(), *test_resort.house(), test_resort.attempt(), test_resort.paid()]
    dumps.write(folder, resort, "resort.json")
    (folder / "media/properties").mkdir(parents=True)
    (folder / "media/properties/villa.jpg").write_bytes(picture_file())


def test_the_commands_of_the_guide_do_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path / "stored"
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    outputs = []
    for launcher, *arguments in commands():
        assert launcher == "./freehold"
        if arguments == ["manage", "verify"]:
            assert broken_promises() == []
            continue
        answer = CliRunner().invoke(main, arguments, catch_exceptions=False)
        assert answer.exit_code == 0, answer.output
        assert "refused" not in answer.output, answer.output
        is_rehearsal = "--dry-run" in arguments
        assert ("Nothing was written" in answer.output) == is_rehearsal
        outputs.append(answer.output)
    assert len(outputs) == 7
    assert set(Company.objects.values_list("slug", flat=True)) == {"padma-estates", "beacon-stays", "dandeli-vintage"}
    assert Booking.objects.system("test").count() == 3
    assert PropertyPicture.objects.count() == 1
    assert json.loads((tmp_path / "rehearsal.json").read_text())["models"]["users.user"]["taken"] == 1


def test_the_guide_names_every_option() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for name in ("estate", "stays", "resort"):
        for option in import_.commands[name].params:
            if option.param_type_name == "option":
                assert option.opts[0] in text, option.opts[0]


def test_a_rehearsal_for_a_company_to_be_leaves_nothing(tmp_path: Path) -> None:
    before = fingerprint()
    rows = [dumps.user(), dumps.user(7), dumps.category(), dumps.estate_property()]
    new = ("--new-company", "Nobody Yet", "--currency", "BDT", "--time-zone", "Asia/Dhaka")
    answer = run("estate", dumps.write(tmp_path, rows), *new, "--dry-run")
    assert answer.exit_code == 0, answer.output
    assert "refused   users.user 7: another row before has the same primary key" in answer.output
    assert fingerprint() == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("id,name\n1,Villa\n", "is no JSON"),
        ("", "is no JSON"),
        ('{"users": []}', "is no dump"),
        ("[1, 2]", "is no dump"),
        ('[{"id": 1}]', "none of its rows has a model"),
        ("[" * 100_000, "nested too deeply"),
        ('[{"model": "users.user", "pk": 1, "fields": {"n": NaN}}]', "NaN is no number"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: str, words: str) -> None:
    CompanyFactory(slug="known", time_zone="Asia/Dhaka")
    before = fingerprint()
    path = tmp_path / "dump.json"
    path.write_text(content)
    answer = run("estate", path, "--company", "known")
    assert answer.exit_code == 1
    assert words in answer.output
    assert fingerprint() == before


def test_a_packed_dump_is_read_and_one_that_is_cut_off_is_not(tmp_path: Path) -> None:
    CompanyFactory(slug="known", time_zone="Asia/Dhaka", currency="BDT")
    path = tmp_path / "dump.json.gz"
    path.write_bytes(gzip.compress(json.dumps([dumps.user()]).encode()))
    assert run("estate", path, "--company", "known").exit_code == 0
    path.write_bytes(path.read_bytes()[:40])
    assert "damaged or cut off" in run("estate", path, "--company", "known").output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Give either --company or --new-company."),
        (("--company", "nowhere"), "There is no company with the short name nowhere."),
        (("--company", "utc"), "Give the country as two letters (--country)."),
        (("--company", "utc", "--country", "BD"), "Give the middle of the places (--at"),
        (("--company", "utc", "--country", "BD", "--at", "north"), "A point is LATITUDE,LONGITUDE"),
        (("--company", "known", "--policy", "Lenient"), "no such cancellation policy"),
        (("--new-company", "New", "--currency", "XQX"), "There is no such currency."),
        (("--new-company", "New", "--time-zone", "Mars/Base"), "Unknown time zone"),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_words(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    CompanyFactory(slug="known", time_zone="Asia/Dhaka")
    CompanyFactory(slug="utc", time_zone="UTC")
    before = fingerprint()
    answer = run("estate", dumps.write(tmp_path, [dumps.user()]), *arguments)
    assert answer.exit_code != 0
    assert words in answer.output
    assert fingerprint() == before


def test_pictures_come_from_the_folder_only(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "stored"
    CompanyFactory(slug="known", time_zone="Asia/Dhaka", currency="BDT")
    (tmp_path / "media").mkdir()
    (tmp_path / "secret.jpg").write_bytes(picture_file())
    (tmp_path / "media/no.jpg").write_text("no picture")
    rows = [
        dumps.category(),
        *(
            dumps.estate_property(pk, image=image)
            for pk, image in ((1, "../secret.jpg"), (2, "no.jpg"), (3, str(tmp_path / "secret.jpg")), (4, "gone.jpg"))
        ),
    ]
    answer = run("estate", dumps.write(tmp_path, rows), "--company", "known", "--media", tmp_path / "media")
    assert answer.exit_code == 0, answer.output
    assert "0 pictures taken" in answer.output
    assert answer.output.count("no such file in the media folder") == 3
    again = run("estate", dumps.write(tmp_path, rows), "--company", "known")
    assert "4 pictures stay behind" in again.output
