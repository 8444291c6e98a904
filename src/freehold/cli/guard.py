"""A small process that owns one other process, so that nothing survives a killed `freehold`.

Run by path with the standard library only (it must start fast and stay small): `python -IS guard.py NAME`,
with a `Spec` as JSON in FREEHOLD_GUARD. Its standard input is a pipe held by the parent. Whatever happens to
the parent, kill -9 included, closes the pipe; the guard then stops its child in the child's own way and ends. A
child that dies by itself ends the guard too, with the child's exit code, after the rest of its group is gone.

If the guard itself is killed, Linux sends the child `orphan_signal` (PR_SET_PDEATHSIG).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1
HARMLESS = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
SPEC_VARIABLE = "FREEHOLD_GUARD"


@dataclass(frozen=True, slots=True)
class Spec:
    """What to run and how to end it.

    `name` is for people who look at process lists. `stop_signals`: (signal name, seconds to wait afterwards),
    tried in order; SIGKILL to the group follows.
    `log`: a file that gets the output; without it the output goes where the guard's goes. `pid_file` tells
    people the child's number. `user`: (uid, gid) to run as, when the guard is root. `remove`: a directory to
    delete at the end. Secrets travel by the environment, which the child inherits (command lines are public),
    unless `keeps_secrets_out`.
    """

    name: str
    command: list[str]
    stop_signals: list[tuple[str, float]]
    orphan_signal: str = "SIGKILL"
    log: str | None = None
    pid_file: str | None = None
    user: tuple[int, int] | None = None
    remove: str | None = None
    keeps_secrets_out: bool = False


def main() -> int:
    spec = Spec(**json.loads(os.environ.pop(SPEC_VARIABLE)))
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    asked_to_stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: asked_to_stop.append(1))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _noticed)

    child = _start(spec)
    try:
        while child.poll() is None:
            readable, _writable, _failed = select.select([0, wake], [], [])
            if wake in readable:
                os.read(wake, 512)
            if asked_to_stop or (0 in readable and not os.read(0, 512)):
                _stop(child, spec)
    finally:
        _end_group(child.pid)
        if spec.pid_file:
            Path(spec.pid_file).unlink(missing_ok=True)
        if spec.remove:
            import shutil

            shutil.rmtree(spec.remove, ignore_errors=True)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _noticed(_number: int, _frame: FrameType | None) -> None:
    """The wake-up descriptor does the work."""


def _start(spec: Spec) -> subprocess.Popen[bytes]:
    orphan_signal = signal.Signals[spec.orphan_signal]
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    guard = os.getpid()

    def become_the_child() -> None:
        os.setpgid(0, 0)
        if spec.user:
            uid, gid = spec.user
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if libc:
            # After the change of user, which would clear it.
            libc.prctl(PR_SET_PDEATHSIG, int(orphan_signal))
            if os.getppid() != guard:
                os._exit(1)

    with open(spec.log, "ab") if spec.log else contextlib.nullcontext() as log:
        # One thread only, so the child may run code before exec.
        child = subprocess.Popen(
            spec.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={name: os.environ[name] for name in HARMLESS if name in os.environ} if spec.keeps_secrets_out else None,
            preexec_fn=become_the_child,
        )
    if spec.pid_file:
        Path(spec.pid_file).write_text(f"{child.pid}\n")
    return child


def _stop(child: subprocess.Popen[bytes], spec: Spec) -> None:
    for name, patience in spec.stop_signals:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.Signals[name])
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if child.poll() is not None:
                return
            time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        child.kill()
    child.wait()


def _end_group(group: int) -> None:
    """Nothing that the child has started in its group may stay behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
