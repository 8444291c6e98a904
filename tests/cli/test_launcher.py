"""The `freehold` script in a bare clone. A small program stands in for uv, so that no network is needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import ROOT

UV = """#!/bin/sh
# Notes each call, and makes an environment whose Python answers like the real command.
echo "$@" >> "{calls}"
{trouble}
sleep 0.5
mkdir -p "$UV_PROJECT_ENVIRONMENT/bin"
cat > "$UV_PROJECT_ENVIRONMENT/bin/python" <<'TEXT'
#!/bin/sh
echo "ran: $*"
TEXT
chmod +x "$UV_PROJECT_ENVIRONMENT/bin/python"
"""
TOOLS = ("sh", "cat", "dirname", "readlink", "cksum", "sleep", "mkdir", "chmod", "env")


class Clone:
    """A clone with the script, the lock and nothing else; its PATH holds what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "clone"
        self.bin = folder / "bin"
        self.calls = folder / "calls.txt"
        (self.root / "src/freehold/cli").mkdir(parents=True)
        self.bin.mkdir()
        for name in ("freehold", "uv.lock", "src/freehold/cli/bootstrap.py"):
            shutil.copy(ROOT / name, self.root / name)
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found
            (self.bin / tool).symlink_to(found)

    def add_python(self) -> None:
        (self.bin / "python3").symlink_to(Path(sys.executable).resolve())

    def add_uv(self, trouble: str = "") -> None:
        uv = self.bin / "uv"
        uv.write_text(UV.format(calls=self.calls, trouble=trouble))
        uv.chmod(0o755)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.root / "freehold"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": str(self.bin), "HOME": str(self.root.parent)},
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def uv_calls(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_no_python_is_explained(clone: Clone) -> None:
    code, _out, err = clone.run("demo")

    assert code == 1
    assert "Python 3.12 or newer" in err
    assert "apt install python3" in err


def test_old_python_is_passed_over(clone: Clone) -> None:
    old = clone.bin / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    code, _out, err = clone.run("demo")

    assert code == 1
    assert "found none" in err


def test_python_of_pyenv_is_found(clone: Clone) -> None:
    clone.add_uv()
    versions = clone.root.parent / ".pyenv/versions/3.13.9/bin"
    versions.mkdir(parents=True)
    (versions / "python").symlink_to(Path(sys.executable).resolve())

    code, out, err = clone.run("demo")

    assert code == 0, err
    assert out == "ran: -P -m freehold demo\n"


def test_first_start_installs_and_the_second_does_not(clone: Clone) -> None:
    clone.add_python()
    clone.add_uv()

    first = clone.run("demo", "--port", "9000")
    second = clone.run("doctor")

    assert first[:2] == (0, "ran: -P -m freehold demo --port 9000\n")
    assert second[:2] == (0, "ran: -P -m freehold doctor\n")
    assert len(clone.uv_calls()) == 1
    assert "--frozen" in clone.uv_calls()[0]
    assert "--no-dev" in clone.uv_calls()[0]


def test_only_tests_install_the_packages_for_tests(clone: Clone) -> None:
    clone.add_python()
    clone.add_uv()

    clone.run("test")
    clone.run("demo")

    assert len(clone.uv_calls()) == 1
    assert "--group dev" in clone.uv_calls()[0]


def test_changed_lock_installs_again(clone: Clone) -> None:
    clone.add_python()
    clone.add_uv()
    clone.run("demo")
    with open(clone.root / "uv.lock", "a") as lock:
        lock.write("\n")

    clone.run("demo")

    assert len(clone.uv_calls()) == 2


def test_simultaneous_first_starts_install_once(clone: Clone) -> None:
    clone.add_python()
    clone.add_uv()

    starts = [clone.start("demo") for _ in range(4)]
    outputs = [start.communicate(timeout=60)[0] for start in starts]

    assert outputs == ["ran: -P -m freehold demo\n"] * 4
    assert len(clone.uv_calls()) == 1


def test_failed_installation_is_explained_and_tried_again(clone: Clone) -> None:
    clone.add_python()
    clone.add_uv(trouble='echo "error: tcp connect error" >&2; exit 2')

    code, _out, err = clone.run("demo")
    assert code == 1
    assert "HTTPS_PROXY" in err

    clone.add_uv()
    assert clone.run("demo")[0] == 0


def test_symbolic_link_to_the_script_works(clone: Clone) -> None:
    clone.add_python()
    clone.add_uv()
    link = clone.root.parent / "fh"
    link.symlink_to(clone.root / "freehold")

    answer = subprocess.run(
        [str(link), "doctor"],
        capture_output=True,
        text=True,
        env={"PATH": str(clone.bin), "HOME": str(clone.root.parent)},
        cwd=os.sep,
    )

    assert answer.stdout == "ran: -P -m freehold doctor\n", answer.stderr
