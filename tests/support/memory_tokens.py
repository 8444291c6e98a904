"""A token store of one process: enough for providers that are tested without a database."""

import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

from freehold.ports.token_store import AccessToken


class MemoryTokens:
    def __init__(self) -> None:
        self._tokens: dict[str, AccessToken] = {}
        self._rejected: set[str] = set()
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def token(self, key: str, renew: Callable[[AccessToken | None], AccessToken]) -> AccessToken:
        with self._locks[key]:
            token = self._tokens.get(key)
            if token is None or token.value in self._rejected or token.renew_at <= datetime.now(UTC):
                token = self._tokens[key] = renew(token)
            return token

    def reject(self, key: str, value: str) -> None:
        self._rejected.add(value)
