"""The database server of a test run goes with the run, however it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.cli.running import ROOT, clean_environment, living, wait_for

pytestmark = pytest.mark.crash

SLEEPER = """
import os, time
from pathlib import Path

def test_sleep():
    Path({flag!r}).write_text(os.environ["DATABASE_URL"])
    time.sleep({seconds})
"""


@pytest.mark.parametrize("ending", ["end", "kill"])
def test_server_and_its_files_go_with_the_run(other_home: Path, ending: str) -> None:
    flag = other_home / "flag"
    sleeper = other_home / "test_sleeper.py"
    sleeper.write_text(SLEEPER.format(flag=str(flag), seconds=0 if ending == "end" else 60))
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.server"]
    run = subprocess.Popen(
        [*command, str(sleeper), "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")],
        cwd=ROOT,
        env={**clean_environment(other_home), "TMPDIR": str(other_home), "PYTHONPATH": f"{ROOT}/src:{ROOT}"},
        stdout=subprocess.DEVNULL,
    )
    wait_for(flag.exists, 30)
    family = psutil.Process(run.pid).children(recursive=True) if ending == "kill" else []
    if ending == "kill":
        assert any("postgres" in process.name() for process in family)
        run.kill()

    assert run.wait(30) == (0 if ending == "end" else -9)
    wait_for(lambda: not living(family), 5, lambda: "\n".join(living(family)))
    wait_for(lambda: not list(other_home.glob("freehold-test-*/postgres")), 5)
