"""Postman's own runner, which runs the collection as its readers do. It is a program of Node's, pinned beside here."""

from __future__ import annotations

import subprocess
from pathlib import Path

HERE = Path(__file__).parent
PROGRAM = HERE / "node_modules" / ".bin" / "newman"
INSTALL_PATIENCE = 300


def newman() -> Path:
    """Installs it once, from the registry that npm is configured for."""
    if not PROGRAM.exists():
        made = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=HERE,
            capture_output=True,
            text=True,
            timeout=INSTALL_PATIENCE,
        )
        assert made.returncode == 0, made.stderr
    return PROGRAM
