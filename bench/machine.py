"""The machine and its versions: without them no figure means anything to somebody else."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import psycopg

LIBRARIES = ("django", "djangorestframework", "psycopg", "granian", "orjson")


def describe_machine(database_url: str) -> dict[str, Any]:
    with psycopg.connect(database_url) as connection:
        server = connection.execute("SHOW server_version").fetchone()
        settings = connection.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)",
            [["shared_buffers", "fsync", "synchronous_commit", "full_page_writes", "work_mem", "jit"]],
        ).fetchall()
    return {
        "processors": os.cpu_count(),
        "processor": _processor(),
        "memory_mib": psutil.virtual_memory().total // 2**20,
        "system": platform.platform(),
        "load": [round(value, 2) for value in os.getloadavg()],
        "python": platform.python_version(),
        "postgresql": server[0] if server else "",
        "postgresql_settings": dict(settings),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
