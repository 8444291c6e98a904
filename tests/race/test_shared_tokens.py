"""A vendor's token is renewed by one caller at a time, whoever dies, fails or waits meanwhile."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from freehold.core import tokens
from freehold.core.models import SharedToken
from freehold.core.tokens import PostgresTokenStore
from freehold.ports.token_store import AccessToken, TokenUnavailable

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

KEY = "bkash:acct_1"
CALLERS = 20


class Vendor:
    """Lends numbered tokens, slowly, and remembers which old one each was asked for."""

    def __init__(self, *, life: timedelta = timedelta(hours=1), takes_s: float = 0.15) -> None:
        self.life, self.takes_s = life, takes_s
        self.seen: list[AccessToken | None] = []

    def __call__(self, old: AccessToken | None) -> AccessToken:
        self.seen.append(old)
        number = len(self.seen)
        time.sleep(self.takes_s)
        return AccessToken(f"token {number}", datetime.now(UTC) + self.life, f"refresh {number}")


def together(act: Callable[[], object], callers: int = CALLERS) -> list[object]:
    line = threading.Barrier(callers)

    def caller(_: int) -> object:
        connection.ensure_connection()
        line.wait()
        try:
            return act()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(caller, range(callers)))


def test_case_32_twenty_callers_renew_once_and_all_get_the_new_token() -> None:
    vendor, store = Vendor(), PostgresTokenStore()

    answers = together(lambda: store.token(KEY, vendor))

    assert vendor.seen == [None]
    assert {answer.value for answer in answers if isinstance(answer, AccessToken)} == {"token 1"}
    assert len(answers) == CALLERS


def test_without_the_lease_every_caller_would_ask_the_vendor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what the test above would see if nothing kept callers apart."""
    heedless = tokens._LEASE.partition(" WHERE (t.leased_until")[0] + " RETURNING sealed"
    monkeypatch.setattr(tokens, "_LEASE", heedless)
    vendor, store = Vendor(), PostgresTokenStore()

    together(lambda: store.token(KEY, vendor))

    assert len(vendor.seen) > 1


def test_a_token_is_renewed_when_its_time_has_come_and_not_before() -> None:
    vendor, store = Vendor(life=timedelta(seconds=0.4), takes_s=0), PostgresTokenStore()

    first, again = store.token(KEY, vendor), store.token(KEY, vendor)
    time.sleep(0.45)
    renewed = store.token(KEY, vendor)

    assert first == again
    assert renewed.value == "token 2"
    assert vendor.seen == [None, first]


def test_a_rejected_token_is_renewed_once_however_many_reject_it() -> None:
    vendor, store = Vendor(), PostgresTokenStore()
    rejected = store.token(KEY, vendor)

    def meet_a_refusal() -> str:
        store.reject(KEY, rejected.value)
        return store.token(KEY, vendor).value

    assert set(together(meet_a_refusal)) == {"token 2"}
    assert vendor.seen == [None, rejected]


def test_rejecting_a_token_that_was_renewed_meanwhile_does_nothing() -> None:
    vendor, store = Vendor(takes_s=0), PostgresTokenStore()
    old = store.token(KEY, vendor)
    store.reject(KEY, old.value)
    new = store.token(KEY, vendor)

    store.reject(KEY, old.value)
    store.reject("another key", old.value)

    assert store.token(KEY, vendor) == new


def test_a_failed_renewal_reaches_its_caller_and_leaves_the_others_to_try_later() -> None:
    store, asked = PostgresTokenStore(), []

    def fail(old: AccessToken | None) -> AccessToken:
        asked.append(old)
        time.sleep(0.3)
        raise ValueError("wrong password")

    answers = together(lambda: store.token(KEY, fail))

    assert len(asked) == 1
    assert sorted(type(answer).__name__ for answer in answers) == ["TokenUnavailable"] * (CALLERS - 1) + ["ValueError"]
    assert store.token(KEY, Vendor()).value == "token 1"


def test_the_old_token_survives_a_failed_renewal() -> None:
    vendor, store = Vendor(takes_s=0), PostgresTokenStore()
    old = store.token(KEY, vendor)
    store.reject(KEY, old.value)

    def fail(_: AccessToken | None) -> AccessToken:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        store.token(KEY, fail)
    store.token(KEY, vendor)

    assert vendor.seen == [None, old]


def test_a_killed_process_blocks_the_token_for_its_lease_only() -> None:
    process = _renew_in_another_process()
    hurried = PostgresTokenStore(patience_s=0.2)
    try:
        with pytest.raises(TokenUnavailable):
            hurried.token(KEY, Vendor())
    finally:
        process.kill()
        process.wait()

    started = time.monotonic()
    token = PostgresTokenStore(patience_s=10).token(KEY, Vendor())

    assert token.value == "token 1"
    assert time.monotonic() - started < 8


def test_who_took_longer_than_its_lease_does_not_overwrite_the_newer_token() -> None:
    store = PostgresTokenStore(lease=timedelta(seconds=0.1))
    late: list[AccessToken] = []
    slow = threading.Thread(
        target=lambda: (late.append(store.token(KEY, Vendor(takes_s=0.8))), connections.close_all())
    )
    slow.start()
    time.sleep(0.3)
    quick = Vendor(takes_s=0)
    quick.seen.append(None)
    newer = store.token(KEY, quick)
    slow.join()

    assert late[0].value == "token 1"
    assert newer.value == "token 2"
    assert store.token(KEY, quick) == newer


def test_what_is_stored_tells_nobody_the_token() -> None:
    PostgresTokenStore().token(KEY, Vendor())
    row = SharedToken.objects.get(pk=KEY)

    assert "token 1" not in row.sealed
    assert "refresh 1" not in row.sealed


def test_a_token_that_no_key_opens_any_more_is_replaced(settings: Any) -> None:
    vendor, store = Vendor(), PostgresTokenStore()
    store.token(KEY, vendor)
    settings.ENCRYPTION_KEYS = ["another key altogether"]

    assert store.token(KEY, vendor).value == "token 2"
    assert vendor.seen == [None, None]


def test_nobody_renews_inside_a_transaction() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        PostgresTokenStore().token(KEY, Vendor())


def _renew_in_another_process() -> subprocess.Popen[str]:
    """A process that holds the lease (of three seconds) and sits in its renewal for good."""
    facts = connection.settings_dict
    address = f"postgresql://{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"
    code = (
        "import django, time; django.setup()\n"
        "from datetime import timedelta\n"
        "from freehold.core.tokens import PostgresTokenStore\n"
        "def renew(old): print('renewing', flush=True); time.sleep(600)\n"
        f"PostgresTokenStore(lease=timedelta(seconds=3)).token({KEY!r}, renew)\n"
    )
    environment = {
        **os.environ,
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "freehold.config.settings.test",
        "PYTHONPATH": str(Path(tokens.__file__).parents[2]),
    }
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "renewing\n"
    return process
