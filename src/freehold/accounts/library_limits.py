"""The limits of the account library, counted exactly and for all processes together.

By itself it keeps its counts in the cache of each process. Its rates (ACCOUNT_RATE_LIMITS and its defaults) stay as
they are; only the counting is replaced. Installed in `apps`, and tested against the library's own entry points.
"""

from typing import Any

from allauth.core.exceptions import RateLimited
from allauth.core.internal import ratelimit as library
from django.http import HttpRequest

from freehold.core.ratelimit import RateLimit, consume, forget, give_back

_SCOPE = "account"


class Usage:
    """What the library holds to take a count back."""

    def __init__(self, identity: str) -> None:
        self._identity = identity

    def rollback(self) -> None:
        give_back(scope=_SCOPE, identity=self._identity)


def install() -> None:
    library._consume_single_rate = _consume
    library.clear = _clear


def _consume(
    request: HttpRequest,
    *,
    app: str,
    action: str,
    rate: library.Rate,
    key: str | None = None,
    user: Any = None,
    dry_run: bool = False,
    raise_exception: bool = False,
) -> Usage | None:
    identity = library.get_cache_key(request, app=app, action=action, rate=rate, key=key, user=user)
    verdict = consume(scope=_SCOPE, identity=identity, limit=RateLimit(rate.amount, max(1, round(rate.duration))))
    if verdict.allowed:
        usage = Usage(identity)
        if dry_run:
            usage.rollback()
        return usage
    # The page that says so reads when trying again makes sense.
    request.retry_after = verdict.retry_after  # type: ignore[attr-defined]
    if raise_exception:
        raise RateLimited
    return None


def _clear(
    request: HttpRequest,
    *,
    app: str,
    action: str,
    config: dict[str, str] | None = None,
    key: str | None = None,
    user: Any = None,
) -> None:
    for rate in library.get_rates(app=app, action=action, config=config):
        identity = library.get_cache_key(request, app=app, action=action, rate=rate, key=key, user=user)
        forget(scope=_SCOPE, identity=identity)
