"""Somebody books while their account is erased, closed or joined to another: neither booking nor person gets lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from freehold.accounts.events import AccountClosed, AccountErased, AccountsMerged
from freehold.accounts.models import PhoneCode, User
from freehold.accounts.phone_codes import code_of
from freehold.accounts.services.close_account import close_account
from freehold.accounts.services.erase_account import erase_account
from freehold.accounts.services.merge_accounts import merge_accounts
from freehold.accounts.services.request_code import request_change_code
from freehold.bookings import opening
from freehold.bookings.models import Booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.core import clock, events
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, Conflict
from freehold.inventory.models import Allocation
from tests.factories import ListingFactory, UserFactory
from tests.support.duel import duel
from tests.support.stays import stay

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

PHONE = "+16175550123"
ROUNDS = 4
LONG_ENOUGH_S = 0.5


def guest() -> User:
    user: User = UserFactory(email=None, phone=PHONE, phone_verified_at=clock.now(), password=None)
    return user


def book(user: User) -> Callable[[], Any]:
    listing = ListingFactory()
    return lambda: hold_booking(actor=Actor.of(user), items=[stay(listing)])


def merge(user: User) -> Callable[[], Any]:
    """Joins `user` to an account that has just proved the number."""
    me = UserFactory(email="me@example.com")
    request_change_code(actor=Actor.of(me), phone=PHONE, address="203.0.113.9")
    code = code_of(PhoneCode.objects.get(user=me).pk)
    return lambda: merge_accounts(actor=Actor.of(me), phone=PHONE, code=code)


def leave(what: str, user: User) -> tuple[type[events.Event], Callable[[], Any]]:
    """What the use case announces while it holds its locks, and the use case."""
    if what == "erase":
        return AccountErased, lambda: erase_account(actor=Actor.of(user))
    if what == "close":
        return AccountClosed, lambda: close_account(actor=Actor.of(user))
    return AccountsMerged, merge(user)


@contextmanager
def paused_at(event: type[events.Event], reached: threading.Event, on: threading.Event) -> Iterator[None]:
    """Whoever announces it waits there, in the middle of its transaction, having done what its listeners do."""

    def pause(_: Any) -> None:
        reached.set()
        assert on.wait(20)

    events.subscribe(event, pause)
    try:
        yield
    finally:
        events._in_transaction[event].remove(pause)


def book_in_the_middle_of(what: str, user: User) -> Any:
    """What became of a booking that begins when the account is as good as gone."""
    event, go = leave(what, user)
    wish = book(user)
    reached, on = threading.Event(), threading.Event()

    def late() -> Any:
        assert reached.wait(20)
        threading.Timer(LONG_ENOUGH_S, on.set).start()
        return wish()

    with paused_at(event, reached, on):
        gone, booked = duel(go, late)
    assert gone.won, repr(gone.error)
    return booked


def bookings_of_nobody() -> int:
    return Booking.objects.system("test").filter(booker__is_active=False).count()


@pytest.mark.parametrize("what", ["erase", "close", "merge"])
def test_who_goes_in_this_moment_books_nothing_any_more(what: str) -> None:
    booked = book_in_the_middle_of(what, guest())
    assert isinstance(booked.error, AccessDenied)
    assert booked.error.code == "account_closed"
    assert booked.seconds > LONG_ENOUGH_S / 2
    assert not Booking.objects.system("test").exists()
    assert not Allocation.objects.exists()


@pytest.mark.parametrize("what", ["erase", "merge"])
def test_without_the_look_at_the_booker_a_booking_belongs_to_nobody(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_WRITE", opening._WRITE.replace("AND is_active FOR KEY SHARE", ""))
    assert book_in_the_middle_of(what, guest()).won
    assert bookings_of_nobody() == 1


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("what", ["erase", "merge"])
def test_at_the_same_moment_one_of_both_sees_the_other(what: str, round_: int) -> None:
    user = guest()
    _event, go = leave(what, user)
    wish = book(user)

    def a_little_later() -> Any:
        time.sleep(0.01 * round_)
        return wish()

    gone, booked = duel(go, a_little_later)
    for outcome in (gone, booked):
        assert outcome.error is None or isinstance(outcome.error, AccessDenied | Conflict), repr(outcome.error)
    assert booked.won or gone.won
    if what == "erase":
        assert booked.won != gone.won
    assert bookings_of_nobody() == 0
    assert Booking.objects.system("test").count() == int(booked.won)
