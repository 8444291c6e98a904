"""kill -9 at a chosen boundary of a use case: before or after a commit or a call to a gateway.

The use case runs in a forked child on connections of its own. Everything that the outside can notice happens at a
boundary (what a transaction did before its commit, nobody sees), so that dying at each of them is dying everywhere.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, NoReturn

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from freehold.adapters.payments.sandbox.http import SandboxHttp

PATIENCE_SECONDS = 60
CALLS = ("create_payment", "fetch_payment", "complete_return", "cancel_payment", "refund", "fetch_refund")
"""Of a provider, in whose midst its caller may die."""


class Fate:
    """Counts boundaries, and ends this process at the last one that it may reach."""

    def __init__(self, deadly: int) -> None:
        self.deadly = deadly
        self.reached = 0

    def boundary(self) -> None:
        self.reached += 1
        if self.reached == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def rule(self, providers: Iterable[type] = ()) -> None:
        """From now on this process is in the hands of fate, with calls of these classes too."""
        for provider in providers:
            for name in CALLS:
                setattr(provider, name, self._deadly(getattr(provider, name)))
        fate, commit, ask = self, BaseDatabaseWrapper._commit, SandboxHttp._call

        def execute(run: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
            commits_by_itself = not connection.in_atomic_block and not sql.lstrip().startswith("SELECT")
            if commits_by_itself:
                fate.boundary()
            result = run(sql, params, many, context)
            if commits_by_itself:
                fate.boundary()
            return result

        def commit_or_die(wrapper: BaseDatabaseWrapper) -> Any:
            fate.boundary()
            result = commit(wrapper)
            fate.boundary()
            return result

        def ask_or_die(http: SandboxHttp, *args: Any, **kwargs: Any) -> Any:
            fate.boundary()
            answer = ask(http, *args, **kwargs)
            fate.boundary()  # the gateway has acted, and nobody here will ever know
            return answer

        BaseDatabaseWrapper._commit = commit_or_die  # type: ignore[method-assign]
        SandboxHttp._call = ask_or_die  # type: ignore[method-assign]
        connection.execute_wrappers.append(execute)

    def _deadly(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def call_or_die(*args: Any, **kwargs: Any) -> Any:
            self.boundary()
            try:
                return call(*args, **kwargs)
            finally:
                self.boundary()  # the provider may have acted

        return call_or_die


def survives(use_case: Callable[[], object], *, boundary: int, providers: Iterable[type] = ()) -> bool:
    """Runs the use case in a child that dies at its `boundary`-th boundary. True when it was done before that."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        _live(use_case, boundary, providers)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), f"the child ended with {code}"
    return code == 0


def _live(use_case: Callable[[], object], boundary: int, providers: Iterable[type]) -> NoReturn:
    signal.alarm(PATIENCE_SECONDS)
    try:
        Fate(boundary).rule(providers)
        use_case()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
