"""Programs that some tests need and a machine may lack."""

from __future__ import annotations

import os
import shutil

CHROMIUM_VARIABLE = "FREEHOLD_CHROMIUM"
REQUIRED_VARIABLE = "FREEHOLD_REQUIRE_PROGRAMS"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_HINT = f"needs Chromium: apt install chromium, or set {CHROMIUM_VARIABLE}=/path/to/chromium"


def chromium() -> str | None:
    """The browser's path, or None."""
    if named := os.environ.get(CHROMIUM_VARIABLE):
        return named
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def is_required() -> bool:
    """Whether a missing program is a failure (continuous integration) and not a reason to skip."""
    return bool(os.environ.get(REQUIRED_VARIABLE))


def has(*names: str) -> bool:
    """Whether the machine has all these programs. Raises where a missing program is a failure."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing and is_required():
        raise RuntimeError(f"The test suite needs {' and '.join(missing)}: apt install {' '.join(missing)}")
    return not missing


def redis_server() -> str | None:
    """The path of Redis, or None. Raises where a missing program is a failure."""
    path = shutil.which("redis-server")
    if path is None and is_required():
        raise RuntimeError("The test suite needs Redis: apt install redis-server")
    return path
