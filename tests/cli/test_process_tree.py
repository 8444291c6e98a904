"""The demo's processes: nothing survives its parent, and everything that dies comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.cli.running import (
    RunningDemo,
    clean_environment,
    demo,
    living,
    strangers_of,
    wait_for,
)

pytestmark = pytest.mark.crash

GONE_WITHIN = 5.0
STOPPED_WITHIN = 10.0
HEALED_WITHIN = 20.0


def test_killed_parent_leaves_nothing_behind_and_the_next_start_works(home: Path) -> None:
    with demo(home) as running:
        processes = running.processes()
        assert len(processes) > 8

        running.process.kill()
        running.process.wait()
        wait_for(lambda: not living(processes), GONE_WITHIN, lambda: "\n".join(living(processes)))
        assert strangers_of(home) == []

    with demo(home) as running:
        assert set(running.readiness().values()) == {"ok"}, running.said


def test_parent_and_servers_killed_together_leave_nothing_behind(home: Path) -> None:
    with demo(home) as running:
        processes = running.processes()

        for victim in (running.process.pid, running.pid_of("web"), running.pid_of("worker")):
            os.kill(victim, signal.SIGKILL)
        running.process.wait()
        wait_for(lambda: not living(processes), GONE_WITHIN, lambda: "\n".join(living(processes)))


def test_interrupt_of_the_whole_group_stops_everything_in_time(home: Path) -> None:
    with demo(home) as running:
        processes = running.processes()

        started = time.monotonic()
        for _ in range(3):  # impatient people press it again
            running.interrupt()
            time.sleep(0.1)
        assert running.process.wait(STOPPED_WITHIN) == 0

        assert time.monotonic() - started < STOPPED_WITHIN
        assert running.said.rstrip().endswith("Stopped.")
        assert living(processes) == []
        assert "database system is shut down" in (home / "logs" / "postgres.log").read_text()[-500:]


def test_terminated_parent_stops_everything(home: Path) -> None:
    with demo(home) as running:
        processes = running.processes()

        running.process.terminate()

        assert running.process.wait(STOPPED_WITHIN) == 0
        assert living(processes) == []


def test_interrupt_during_the_start_stops_everything(other_home: Path) -> None:
    running = RunningDemo(other_home)
    wait_for(lambda: (running.home / "run" / "prepare.pid").exists(), 60, lambda: running.said)
    processes = running.processes()

    running.interrupt()

    assert running.process.wait(STOPPED_WITHIN) == 0
    assert living(processes) == []


def test_second_demo_on_the_same_home_is_refused_with_advice(home: Path) -> None:
    with demo(home):
        second = subprocess.run(
            [sys.executable, "-P", "-m", "freehold", "demo", "--no-browser"],
            env=clean_environment(home),
            capture_output=True,
            text=True,
            timeout=30,
        )

    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert "FREEHOLD_HOME=" in second.stderr


def test_two_demos_run_side_by_side(home: Path, other_home: Path) -> None:
    with demo(home) as one, demo(other_home) as two:
        assert one.is_ready()
        assert two.is_ready()
        assert one.state["web_port"] != two.state["web_port"]
        assert one.state["gateway_port"] != two.state["gateway_port"]


def test_demos_started_at_the_same_moment_choose_different_ports(home: Path, other_home: Path) -> None:
    """The HTTP server would share a port with another one of its kind, and each would get half of the requests."""
    both = [RunningDemo(home), RunningDemo(other_home)]
    try:
        for running in both:
            running.wait_until_welcome()
        assert both[0].state["web_port"] != both[1].state["web_port"]
    finally:
        for running in both:
            running.stop()


def test_restart_after_a_kill_keeps_its_ports(home: Path) -> None:
    with demo(home) as running:
        before = running.state
        running.process.kill()
        running.process.wait()

    with demo(home, "--port", str(before["web_port"])) as running:
        assert running.state["web_port"] == before["web_port"]
        assert running.state["gateway_port"] == before["gateway_port"]


def test_manage_joins_the_running_demo(home: Path) -> None:
    with demo(home) as running:
        answer = subprocess.run(
            [sys.executable, "-P", "-m", "freehold", "doctor"],
            env=clean_environment(home),
            capture_output=True,
            text=True,
            timeout=60,
        )

        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert "All is well." in answer.stdout
        assert running.is_ready()


@pytest.fixture(scope="module")
def long_running(home: Path) -> Iterator[RunningDemo]:
    with demo(home) as running:
        yield running


class TestHealing:
    """One demo; its parts are killed one after the other."""

    @pytest.mark.parametrize("service", ["web", "worker", "gateway", "postgres"])
    def test_killed_service_comes_back(self, long_running: RunningDemo, service: str) -> None:
        wait_for(long_running.is_ready, HEALED_WITHIN, lambda: str(long_running.readiness()))
        killed = psutil.Process(long_running.pid_of(service))
        family = [killed, *killed.children(recursive=True)]

        killed.kill()

        wait_for(lambda: not living(family), GONE_WITHIN, lambda: "\n".join(living(family)))
        wait_for(lambda: self._is_back(long_running, service, killed.pid), HEALED_WITHIN, lambda: long_running.said)
        wait_for(long_running.is_ready, HEALED_WITHIN, lambda: str(long_running.readiness()))

    def test_killed_server_process_is_replaced(self, long_running: RunningDemo) -> None:
        wait_for(long_running.is_ready, HEALED_WITHIN, lambda: str(long_running.readiness()))
        for process in psutil.Process(long_running.pid_of("web")).children():
            process.kill()

        wait_for(long_running.is_ready, HEALED_WITHIN, lambda: str(long_running.readiness()))

    def test_killed_guards_are_replaced(self, long_running: RunningDemo) -> None:
        wait_for(long_running.is_ready, HEALED_WITHIN, lambda: str(long_running.readiness()))
        guards = psutil.Process(long_running.process.pid).children()
        family = [process for guard in guards for process in [guard, *guard.children(recursive=True)]]
        for guard in guards:
            guard.kill()

        wait_for(lambda: not living(family), GONE_WITHIN, lambda: "\n".join(living(family)))
        wait_for(long_running.is_ready, HEALED_WITHIN, lambda: str(long_running.readiness()) + long_running.said)

    @staticmethod
    def _is_back(running: RunningDemo, service: str, killed: int) -> bool:
        try:
            return running.pid_of(service) != killed
        except (FileNotFoundError, ValueError):
            return False
