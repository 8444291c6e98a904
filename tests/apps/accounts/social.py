"""A provider process for tests, and a browser that goes there and back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import Client

from tests.simulators.sandbox_process import eventually, free_port
from tests.support import openid_provider as known

APPLE_KEY = ec.generate_private_key(ec.SECP256R1())
ROOT = Path(__file__).parents[3]


def apple_pem() -> str:
    return APPLE_KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


class Provider:
    """Google's and Apple's sign-in as one process."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "tests.support.openid_provider", str(self.port)]
        self._process = subprocess.Popen(command, cwd=ROOT)
        self._http = httpx.Client(base_url=self.url, trust_env=False, timeout=10)

    def __enter__(self) -> Self:
        eventually(self._is_up, within_s=30)
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._process.terminate()
        self._process.wait(timeout=10)

    def _is_up(self) -> bool:
        try:
            return self._http.get("/healthz").is_success
        except httpx.TransportError:
            return False

    def plan(self, *, cancels: bool = False, user: Any = None, **claims: Any) -> None:
        """Whoever signs in next is told of like this; a claim of None is not told."""
        plan = {"claims": claims, "cancels": cancels, **({"user": user} if user is not None else {})}
        assert self._http.post("/control/plan", json=plan).is_success

    def id_token(self, *, issuer: str = known.GOOGLE, audience: str = known.CLIENT_ID) -> str:
        answer = self._http.post("/control/id-token", json={"issuer": issuer, "audience": audience})
        return str(answer.json()["id_token"])

    # --- as a browser goes there and comes back ---

    def visit(self, address: str) -> httpx.Response:
        return self._http.get(address.removeprefix(self.url))

    def google(self, browser: Client, start: str = "/accounts/google/login/", **fields: str) -> Any:
        """What our site answers to the browser that comes back from Google."""
        there = browser.post(start, fields)
        assert there.status_code == 302, there.content
        assert there["Location"].startswith(f"{self.url}/google/auth"), there["Location"]
        back = self.visit(there["Location"])
        assert back.status_code == 302, back.text
        return browser.get(path_of(back.headers["Location"]))

    def apple(self, browser: Client, start: str = "/accounts/apple/login/") -> Any:
        there = browser.post(start)
        page = self.visit(there["Location"])
        assert page.is_success, page.text
        posted = browser.post(path_of(page.json()["action"]), page.json()["fields"])
        assert posted.status_code == 302, posted.content
        return browser.get(path_of(posted["Location"]))


def path_of(address: str) -> str:
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" in {settings.SITE_URL, "http://testserver"}
    return f"{parts.path}?{parts.query}"
