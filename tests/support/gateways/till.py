"""One company's account at one simulated provider, the people around it, and what the provider holds for us."""

import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

from freehold.payments.models import Payment
from freehold.ports.payment_gateway import AccountConfig, Connector, PaymentProvider
from tests.simulators.process import Heard, SimulatorProcess, eventually

QUIET_WITHIN_S = 30.0
SOON_S = 0.2
"""M-Pesa works on what it accepted for a moment before it carries it out."""


@dataclass(eq=False)
class Message:
    """One message of a provider as it arrived, and the statuses with which our site has answered it so far."""

    slug: str
    type: str  # in the provider's own words
    heard: Heard
    answers: list[int] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<{self.slug} {self.type} {self.answers}>"


class Till:
    """`deeds` are what `act` can do, beside "pay"; `operations` the simulator's names for those of our port, where
    `trouble` can be had. Every till ends a payment that nobody pays by itself."""

    connector: ClassVar[Connector]
    currency: ClassVar[str]
    deeds: ClassVar[frozenset[str]]
    operations: ClassVar[Mapping[str, str]]
    shares_tokens: ClassVar[bool] = False  # whether the provider is built with a token store

    def __init__(self, simulator: SimulatorProcess) -> None:
        self.simulator: Any = simulator
        self.offset_s = 0.0

    @property
    def slug(self) -> str:
        return self.connector.slug

    @property
    def account(self) -> str:
        return f"{self.slug}-of-the-inn"

    # --- what a provider's rig fills in -------------------------------------------------------------------

    def values(self) -> dict[str, str]:
        """What staff type in to connect the account."""
        raise NotImplementedError

    def tell(self, address: str) -> None:
        """Staff enter our address in the provider's dashboard."""

    def act(self, payment: Payment, deed: str, **details: str) -> dict[str, str]:
        """The payer acts. What the browser then brings back to us, if a browser comes back."""
        raise NotImplementedError

    def type_of(self, heard: Heard) -> str:
        raise NotImplementedError

    def held(self) -> dict[str, int]:
        """What the provider's books say it holds for us, net of refunds and before fees: minor units by currency."""
        raise NotImplementedError

    def refund_in_dashboard(self, payment: Payment, minor: int) -> None:
        """Staff give money back without us. Planned trouble is not meant for them: it is over."""
        raise NotImplementedError

    # --- the same for all -----------------------------------------------------------------------------------

    def connector_with(self, *, patience_s: float | None) -> Connector:
        """The real connector; `patience_s`: its provider waits so long for an answer, instead of half a minute."""
        if patience_s is None:
            return self.connector

        def connect(config: AccountConfig) -> PaymentProvider:
            provider: Any = self.connector.connect(config)
            settings = replace(provider._settings, read_timeout_s=patience_s)
            rebuild: Callable[..., PaymentProvider] = type(provider)
            return rebuild(settings, config.tokens) if self.shares_tokens else rebuild(settings)

        return replace(self.connector, connect=connect)

    def begin(self) -> None:
        """Empty books and the right time."""
        self.simulator.control("forget")
        self.offset_s = 0.0

    def trouble(self, operation: str, kind: str, *, executed: bool = False, times: int = 1) -> None:
        """The next `times` calls of this operation of our port go wrong: timeout, error_500, html, empty,
        rate_limited; `executed` says whether they take effect all the same."""
        self.simulator.fault(self.operations.get(operation, operation), kind, executed=executed, times=times)

    def calm(self) -> None:
        """Trouble that was planned and did not strike is over."""
        self.simulator.control("calm")

    def advance(self, seconds: float) -> None:
        self.offset_s = self.simulator.control("clock", advance_s=seconds)["offset_s"]

    def wait_until_quiet(self) -> None:
        """Everything that is due, or about to be, has been done, and every message that is due has been sent."""
        eventually(lambda: not self._due(), within_s=QUIET_WITHIN_S)

    def _due(self) -> int:
        now = time.time() + self.offset_s
        sql = (
            "SELECT (SELECT count(*) FROM delivery WHERE state = 'owed' AND next_at <= :now)"
            " + (SELECT count(*) FROM job WHERE due_at <= :now + :soon)"
        )
        return int(self.rows(sql, now=now, soon=SOON_S)[0][0])

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """Of the simulator's books, read beside it."""
        return self._books.execute(sql, values).fetchall()

    def sums(self, sql: str, **values: Any) -> dict[str, int]:
        """Rows of (currency, minor units), added up."""
        total: dict[str, int] = defaultdict(int)
        for currency, minor in self.rows(sql, **values):
            total[str(currency).upper()] += int(minor or 0)
        return {currency: minor for currency, minor in total.items() if minor}

    @cached_property
    def _books(self) -> sqlite3.Connection:
        path = self.simulator.home / self.simulator.name / "books.sqlite3"
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, timeout=10)

    def close(self) -> None:
        self.begin()
        if "_books" in self.__dict__:
            self._books.close()
