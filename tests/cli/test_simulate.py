"""`freehold simulate`: a simulator by its name, in the foreground."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
from click.testing import CliRunner

from freehold.cli import main
from tests.simulators.process import SOURCE, eventually, free_port


def test_without_a_name_the_simulators_are_listed() -> None:
    answer = CliRunner().invoke(main, ["simulate"])
    assert answer.exit_code == 0
    assert "sandbox" in answer.output.split()
    assert "kit" not in answer.output.split(), "what simulators share is none"


def test_an_unknown_name_is_told_which_ones_there_are() -> None:
    answer = CliRunner().invoke(main, ["simulate", "paypal"])
    assert answer.exit_code == 2
    assert "sandbox" in answer.output


def test_a_simulator_runs_until_ctrl_c_and_keeps_its_books_in_its_home(tmp_path: Path) -> None:
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-m", "freehold", "simulate", "sandbox", "--port", str(port), "--home", str(tmp_path)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        eventually(lambda: _answers(port), within_s=40)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}/" in said
    assert (tmp_path / "sandbox" / "books.sqlite3").exists()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).is_success
    except httpx.TransportError:
        return False
