"""Starting and ending guarded processes, and the same promise for processes that have no guard."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping

from freehold.cli import guard


def start_guard(
    spec: guard.Spec, *, environment: Mapping[str, str] | None = None, stdout: int | None = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Run `spec` under a guard in a session of its own, which no terminal signal reaches.

    The guard's standard input is the lifeline: when it closes, by our end or by `stop_guard`, all of it ends.
    """
    fields = {name: getattr(spec, name) for name in guard.Spec.__slots__}
    return subprocess.Popen(
        [sys.executable, "-I", "-S", guard.__file__, spec.name],
        stdin=subprocess.PIPE,
        stdout=stdout,
        env={**(os.environ if environment is None else environment), guard.SPEC_VARIABLE: json.dumps(fields)},
        start_new_session=True,
        cwd="/",
    )


def stop_guard(process: subprocess.Popen[bytes], patience: float = 10.0) -> None:
    """Close the lifeline and wait until the guard has ended its child."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def die_with_parent() -> None:
    """Let the kernel end this process when its parent ends, however that happens (Linux; elsewhere a no-op)."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(guard.PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(1)
