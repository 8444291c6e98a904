"""A Redis of its own for tests: no files, any free port, gone afterwards."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from tests.programs import redis_server
from tests.simulators.sandbox_process import free_port


@contextmanager
def running_redis() -> Iterator[str]:
    """Its address. Skips the test where Redis is not installed."""
    program = redis_server()
    if program is None:
        pytest.skip("needs Redis: apt install redis-server")
    port = free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"],
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            redis.Redis(port=port).ping()
        except redis.RedisError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
