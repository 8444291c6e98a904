"""What holds for every template: it compiles, it runs under the content policy, its icons and assets exist."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

import freehold.web

WEB = Path(freehold.web.__file__).parent
PAGES = [path for path in WEB.rglob("templates/**/*.html") if "email" not in path.parts]
SPRITE = (WEB / "ui/static/ui/icons.svg").read_text()


def name_of(path: Path) -> str:
    return path.relative_to(next(parent for parent in path.parents if parent.name == "templates")).as_posix()


@pytest.mark.parametrize("path", [*WEB.rglob("templates/**/*.html"), *WEB.rglob("templates/**/*.txt")], ids=name_of)
def test_template_compiles(path: Path) -> None:
    assert Path(get_template(name_of(path)).origin.name) == path


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_page_needs_no_inline_code_or_style(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text)
    assert all('src="' in tag for tag in re.findall(r"<script[^>]*>", text))


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    named = {icon for path in PAGES for icon in re.findall(r'{%\s*icon\s+"([a-z0-9-]+)"', path.read_text())}
    assert named
    assert {icon for icon in named if f'id="{icon}"' not in SPRITE} == set()
