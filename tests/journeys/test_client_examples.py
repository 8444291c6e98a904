"""The page "Clients in three languages": each program is run as it stands against a running demonstration."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import has
from tests.support.house import House

PAGE = Path(__file__).parents[2] / "docs/clients.md"
BLOCK = re.compile(r"^```(sh|python|js)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAMS = dict(BLOCK.findall(PAGE.read_text()))


def test_the_page_has_one_program_for_each_language() -> None:
    assert len(BLOCK.findall(PAGE.read_text())) == len(PROGRAMS) == 3


@pytest.mark.parametrize("language", ["sh", "python", "js"])
def test_every_program_of_the_page_works(language: str, house: House, tmp_path: Path) -> None:
    needed = {"sh": ("bash", "curl", "jq"), "python": (), "js": ("node",)}[language]
    if not has(*needed):
        pytest.skip(f"needs {' and '.join(needed)}")
    program = tmp_path / {"sh": "client.sh", "python": "client.py", "js": "client.mjs"}[language]
    program.write_text(PROGRAMS[language])
    runner = {"sh": ["bash", "-euxo", "pipefail"], "python": [sys.executable, "-P"], "js": ["node"]}[language]
    done = subprocess.run(
        [*runner, str(program)],
        capture_output=True,
        text=True,
        timeout=180,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "base": house.site, "no_proxy": "127.0.0.1"},
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
