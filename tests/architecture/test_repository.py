"""What the files of the project hold and what not: no keys, nothing collected, types, and a check of each change."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.architecture.source import PACKAGE, modules

ROOT = PACKAGE.parents[1]

# What a key of somebody looks like. Those of our own simulators are made up at run time.
CREDENTIAL = re.compile(
    r"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----\\?n?[A-Za-z0-9+/]{40}|cloudinary://\d+:[\w-]+@"
    r"|\b[sr]k_live_[A-Za-z0-9]{16}|rzp_live_[A-Za-z0-9]{14}|\bgh[ps]_[A-Za-z0-9]{30}|\bSG\.[\w-]{20}\.[\w-]{20}"
    r"|\bEMAIL_HOST_PASSWORD\s*=\s*[\"'][^\"']+|\bkey-[0-9a-f]{32}\b"
)
LARGEST_TEXT = 1_000_000


@cache
def files() -> tuple[Path, ...]:
    """What the project consists of, as git sees it: known, or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("needs the project's git repository")
    return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())


def texts() -> list[tuple[str, str]]:
    found = []
    for path in files():
        raw = path.read_bytes()
        if len(raw) <= LARGEST_TEXT and b"\0" not in raw:
            found.append((str(path.relative_to(ROOT)), raw.decode(errors="replace")))
    return found


def test_no_file_holds_a_credential() -> None:
    assert [name for name, text in texts() if CREDENTIAL.search(text)] == []


@pytest.mark.parametrize(
    "line",
    [
        "EMAIL_HOST_PASS" + "WORD = 'hunter2hunter2'",
        "CLOUDINARY_URL=cloud" + "inary://123456:abc-def@name",
        "stripe.api_key = 'sk_li" + "ve_abcdefghijklmnop1234'",
    ],
)
def test_a_credential_would_be_found(line: str) -> None:
    assert CREDENTIAL.search(line)


def test_collected_files_are_no_part_of_the_project() -> None:
    assert [str(path) for path in files() if {"staticfiles", ".freehold"} & set(path.relative_to(ROOT).parts)] == []
    answer = subprocess.run(["git", "check-ignore", "-q", ".freehold/static/app.css"], cwd=ROOT)
    assert answer.returncode == 0
    from freehold.config.env import Environment, Mode
    from freehold.config.settings.base import build

    home = Environment.load(Mode.TEST).home
    assert build(Environment.load(Mode.TEST))["STATIC_ROOT"] == home / "static"


def test_there_is_no_debug_toolbar() -> None:
    locked = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    assert not [package["name"] for package in locked if "debug-toolbar" in package["name"]]
    assert not [name for name in (*settings.INSTALLED_APPS, *settings.MIDDLEWARE) if "debug_toolbar" in name]


def test_every_function_is_annotated() -> None:
    bare = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_annotated(node)
    ]
    assert bare == []


def _is_annotated(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = function.args
    taken = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return function.returns is not None and all(
        argument.annotation is not None or argument.arg in {"self", "cls"} for argument in taken if argument
    )


def test_each_change_is_checked_whole() -> None:
    """The workflow runs on every change what a machine runs by hand, and that leaves nothing out."""
    yaml: Any = pytest.importorskip("yaml")
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    # YAML reads the word "on" as true.
    assert {"push", "pull_request"} <= workflow[True].keys()
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert ".ci/run" in {step.get("run") for step in steps}
    script = (ROOT / ".ci/run").read_text()
    for command in ('ruff" check .', 'ruff" format --check .', 'lint-imports"', 'mypy"', "./freehold test -n"):
        assert command in script
    assert "set -euo pipefail" in script
    assert "FREEHOLD_REQUIRE_PROGRAMS=1" in script
    typed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    assert typed["strict"] is True
    assert {"src/freehold/domain", "src/freehold/*/services", "src/freehold/adapters"} <= set(typed["files"])
