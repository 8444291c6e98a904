"""FREEHOLD_HOME: one directory that holds everything of one installation without outside services.

postgres/ the database cluster, secrets/ (0600), logs/, run/ (process numbers), media/, mailbox/, sandbox/,
stripe/, razorpay/, bkash/ and mpesa/ (their books), state.json (what the next start wants to remember).
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from freehold.cli.machine import read_or_make_secret
from freehold.cli.postgres import Cluster
from freehold.cli.practice import gateways_of

DEMO_SETTINGS = "freehold.config.settings.demo"


class HomeInUse(Exception):
    """Another process runs on this home."""


@dataclass(frozen=True, slots=True)
class Home:
    """An installation's directory, by its absolute path."""

    path: Path

    @classmethod
    def from_environment(cls) -> Home:
        home = Path(os.environ.get("FREEHOLD_HOME") or ".freehold").expanduser().resolve()
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(home)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the home alone. The lock ends with the process, however it ends. Raises HomeInUse."""
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(descriptor, 32, 0).decode().strip() or "unknown"
                raise HomeInUse(holder) from None
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def state(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = json.loads((self.path / "state.json").read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return state

    def remember(self, **facts: Any) -> None:
        """Add to the state, in one step: a killed process leaves the old or the new file, never half of one."""
        unfinished = self.path / "state.json.unfinished"
        unfinished.write_text(json.dumps({**self.state(), **facts}, indent=1))
        unfinished.replace(self.path / "state.json")

    def secret(self, name: str) -> str:
        return read_or_make_secret(self.path / "secrets" / name)

    def cluster(self) -> Cluster:
        return Cluster(self.path)

    def environment(self, *, database_url: str) -> Mapping[str, str]:
        """The environment of the processes that run on this home: ours, and what the home decides."""
        state = self.state()
        site = f"http://127.0.0.1:{state.get('web_port', 8000)}"
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": DEMO_SETTINGS,
            "PYTHONSAFEPATH": "1",
            "FREEHOLD_HOME": str(self.path),
            "FREEHOLD_SECRET_KEY": self.secret("django_secret"),
            "FREEHOLD_DEMO_DATA": "true",
            "FREEHOLD_SANDBOX_URL": f"http://127.0.0.1:{state.get('gateway_port', 0)}",
            "FREEHOLD_SANDBOX_API_KEY": self.secret("sandbox_api_key"),
            "FREEHOLD_SANDBOX_SECRETS": self.secret("sandbox_webhook_secret"),
            "DATABASE_URL": database_url,
            "SITE_URL": site,
            **gateways_of(state=state, secret=self.secret("simulators"), site=site, environment=os.environ),
        }
