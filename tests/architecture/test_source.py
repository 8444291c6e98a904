"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, calls, imported_modules, modules

LONGEST_FILE = 420
ROOT = PACKAGE.parents[1]
PROTECTED_ROOMS = ("inventory", "finance", "payments")
WRITING_METHODS = {
    "create",
    "acreate",
    "bulk_create",
    "bulk_update",
    "update",
    "delete",
    "get_or_create",
    "update_or_create",
}


def test_imports_keep_the_contracts() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={"PYTHONPATH": "src", "PATH": ""})

    assert answer.returncode == 0, answer.stdout[-4000:] + answer.stderr


def test_domain_imports_the_standard_library_only() -> None:
    allowed = {*sys.stdlib_module_names, "freehold"}
    strangers = [
        f"{path}:{line} {name}"
        for path, tree in modules().items()
        if path.startswith("domain/")
        for line, name in imported_modules(tree)
        if name.split(".")[0] not in allowed
    ]

    assert strangers == []


@pytest.mark.parametrize("surface", ["api", "web"])
def test_surfaces_never_act_as_the_system(surface: str) -> None:
    """`.system(` lifts the tenant's walls, for rows and for actors: only the inside of the house may."""
    found = [
        f"{path}:{call.lineno}"
        for path, tree in modules().items()
        if path.startswith(f"{surface}/")
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "system"
    ]

    assert found == []


def test_files_stay_short() -> None:
    long = {
        str(path.relative_to(PACKAGE)): lines
        for path in PACKAGE.rglob("*.py")
        if "migrations" not in path.parts and (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }

    assert long == {}


def test_every_module_says_why_it_exists() -> None:
    silent = [path for path, tree in modules().items() if tree.body and not ast.get_docstring(tree)]

    # Configurations of apps are declarations that Django asks for.
    assert [path for path in silent if not path.endswith(("apps.py", "__init__.py"))] == []


@pytest.mark.parametrize("room", PROTECTED_ROOMS)
def test_only_the_owner_writes_protected_rows(room: str) -> None:
    """Outside the room its models are read, never created, changed or deleted."""
    found = []
    for path, tree in modules().items():
        if path.startswith(f"{room}/"):
            continue
        names = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == f"freehold.{room}.models"
            for alias in node.names
            if alias.name[0].isupper() and not alias.name.isupper()
        }
        found += [f"{path}:{call.lineno}" for call in calls(tree) if names & _written_by(call)]

    assert found == []


def _written_by(call: ast.Call) -> set[str]:
    """Names of the models that this call would create, or write through a manager."""
    function = call.func
    if isinstance(function, ast.Name):
        return {function.id}
    if isinstance(function, ast.Attribute) and function.attr in WRITING_METHODS:
        return {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return set()


def test_settings_are_read_from_the_environment_in_one_place() -> None:
    """cli sets up processes, simulators are programs of their own; the rest asks the typed settings."""
    found = [
        f"{path}:{node.lineno}"
        for path, tree in modules().items()
        if not path.startswith(("cli/", "simulators/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]

    assert found == []
