"""A process dies at every single boundary of the use cases that move money; retried, each has happened once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from freehold.adapters.payments.sandbox.http import SandboxHttp
from freehold.bookings.models import Booking
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.start_payment import start_booking_payment
from freehold.bookings.types import ItemChange
from freehold.core import clock, outbox, outside
from freehold.core.actor import Actor
from freehold.domain.occasions import Nights
from freehold.payments.models import Payment, Refund
from freehold.payments.services.reconcile_due import reconcile_due
from freehold.properties.models import Listing
from tests.apps.payments.shop import Shop
from tests.factories import ListingFactory
from tests.support.accident import survives
from tests.support.booked import SYSTEM, hold
from tests.support.house import LAPSE
from tests.support.promises import broken_promises

pytestmark = [
    pytest.mark.crash,
    pytest.mark.django_db(transaction=True),
    # The threads of the test's own server wait for requests, and hold nothing that a child needs.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

TOO_MANY = 100
"""No use case has so many boundaries: an endless one is a mistake of the test."""


@dataclass
class Scene:
    """One booking at the gateway, from hold to refund."""

    shop: Shop
    listing: Listing = field(default_factory=ListingFactory)

    def __post_init__(self) -> None:
        self.booking: Booking = hold(self.listing)
        self.price = self.booking.total_minor

    # --- acts -------------------------------------------------------------------------------------------

    def start_payment(self) -> Payment:
        return start_booking_payment(
            actor=Actor.of(self.booking.booker),
            booking_id=self.booking.pk,
            provider="sandbox",
            return_url="http://127.0.0.1:9/back",
        )

    def pay(self, scenario: str = "pay", **fields: str) -> None:
        """Opens a payment, and presses a button; the message has arrived, nobody has read it."""
        self.payment = self.start_payment()
        self.shop.press(self.payment, scenario, **fields)
        if scenario != "lost_webhook":
            self.shop.wait_for_events(self.payment)

    def confirm(self) -> None:
        self.pay()
        self.shop.work()

    def cancel(self) -> None:
        cancel_booking(actor=SYSTEM, booking_id=self.booking.pk)

    def change(self, nights: int) -> None:
        """Three nights become another number, unless it is so already."""
        item = self.booking.items.get()
        when = Nights(item.check_in, item.check_in + timedelta(days=nights))
        if item.when != when:
            change_booking(actor=SYSTEM, booking_id=self.booking.pk, changes=[ItemChange(item.pk, when=when)])

    def work(self) -> None:
        """What a worker does, under a name that nobody else has."""
        while outbox.deliver_due(worker_id=uuid4().hex):
            pass

    def reconcile(self) -> None:
        for model in (Payment, Refund):
            ours = model.objects.system("test").filter(folio_id=self.booking.folio_id)
            ours.exclude(next_fetch_at=None).update(next_fetch_at=clock.now())
        reconcile_due()

    def settle(self) -> None:
        """All that goes on by itself: webhooks, the worker, the reconciler."""
        self.work()
        self.reconcile()
        self.work()

    # --- both books -------------------------------------------------------------------------------------

    def lines(self) -> list[int]:
        """What the gateway collected (positive) and gave back (negative) for this booking, oldest first."""
        query = (
            "SELECT l.amount FROM ledger_line AS l JOIN payment AS p ON p.id = l.related_id"
            " WHERE p.metadata ->> 'payment_id' IN ({}) ORDER BY l.sequence"
        )
        return [row[0] for row in self._gateway(query)]

    def objects(self) -> list[str]:
        """The gateway's payments of this booking that can be, or were, paid."""
        query = "SELECT id FROM payment WHERE status <> 'canceled' AND metadata ->> 'payment_id' IN ({})"
        return [row[0] for row in self._gateway(query)]

    def _gateway(self, query: str) -> list[Any]:
        ours = Payment.objects.system("test").filter(folio_id=self.booking.folio_id)
        ids = [str(pk) for pk in ours.values_list("pk", flat=True)]
        path = self.shop.sandbox.home / "sandbox" / "books.sqlite3"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as books:
            return books.execute(query.format(",".join("?" * len(ids))), ids).fetchall()

    def ended(self, state: str, *lines: int) -> None:
        self.booking.refresh_from_db()
        assert (self.booking.state, self.lines()) == (state, list(lines))
        assert broken_promises() == []


# --- what was before, and how it ends ----------------------------------------------------------------------


def dies_starting_a_payment(scene: Scene) -> None:
    payment = scene.start_payment()
    assert len(scene.objects()) == 1
    scene.shop.press(payment, "pay")
    scene.shop.wait_for_events(payment)
    scene.settle()
    scene.ended("confirmed", scene.price)


def ends_confirmed(scene: Scene) -> None:
    scene.settle()
    scene.ended("confirmed", scene.price)


def ends_refunded(scene: Scene) -> None:
    scene.settle()
    scene.ended("cancelled", scene.price, -scene.price)


def ends_cancelled_after_a_retry(scene: Scene) -> None:
    scene.cancel()
    ends_refunded(scene)


def ends_expired_and_refunded(scene: Scene) -> None:
    scene.settle()
    scene.ended("expired", scene.price, -scene.price)


def ends_paid_once_of_twice(scene: Scene) -> None:
    scene.shop.wait_for_events(scene.payment, 2)
    scene.settle()
    scene.ended("confirmed", scene.price, scene.price, -scene.price)


def shorten(scene: Scene) -> None:
    scene.change(2)


def ends_shortened(scene: Scene) -> None:
    shorten(scene)
    scene.settle()
    scene.ended("confirmed", scene.price, -scene.price // 3)


def paid_for_more_nights(scene: Scene) -> None:
    scene.confirm()
    scene.change(5)
    scene.pay()


def ends_longer(scene: Scene) -> None:
    scene.settle()
    scene.ended("confirmed", scene.price, scene.price * 2 // 3)
    assert scene.booking.total_minor == scene.price * 5 // 3


def somebody_else_took_it(scene: Scene) -> None:
    scene.pay()
    let_this_hold_lapse(scene.booking)
    hold(scene.listing)


def it_lapsed(scene: Scene) -> None:
    scene.pay()
    let_this_hold_lapse(scene.booking)


def let_this_hold_lapse(booking: Booking) -> None:
    """One hold's deadline has passed; the clock of everybody else stands."""
    with connection.cursor() as cursor:
        for statement in LAPSE:
            cursor.execute(statement, [booking.pk])


def cancelled(scene: Scene) -> None:
    scene.confirm()
    scene.cancel()


@dataclass(frozen=True)
class UseCase:
    """What was before, what dies, what a client retries and how it ends, and how many boundaries there are at least."""

    before: Callable[[Scene], object]
    dies: Callable[[Scene], object]
    afterwards: Callable[[Scene], None]
    fewest: int


USE_CASES = {
    "start_payment": UseCase(lambda scene: None, Scene.start_payment, dies_starting_a_payment, 8),
    "apply_event": UseCase(Scene.pay, Scene.work, ends_confirmed, 16),
    "apply_late_event_and_book_again": UseCase(it_lapsed, Scene.work, ends_confirmed, 16),
    "apply_late_event_and_refund": UseCase(somebody_else_took_it, Scene.work, ends_expired_and_refunded, 30),
    "apply_event_of_money_paid_twice": UseCase(
        lambda scene: scene.pay("pay_twice"), Scene.work, ends_paid_once_of_twice, 16
    ),
    "cancel": UseCase(Scene.confirm, Scene.cancel, ends_cancelled_after_a_retry, 2),
    "change": UseCase(Scene.confirm, shorten, ends_shortened, 2),
    "apply_event_of_a_paid_change": UseCase(paid_for_more_nights, Scene.work, ends_longer, 16),
    "execute_refund": UseCase(cancelled, Scene.work, ends_refunded, 8),
    "reconcile_lost_webhook": UseCase(lambda scene: scene.pay("lost_webhook"), Scene.reconcile, ends_confirmed, 6),
}


@pytest.mark.parametrize("name", USE_CASES)
def test_use_case_survives_a_kill_at_every_boundary(shop: Shop, name: str) -> None:
    case = USE_CASES[name]
    for boundary in range(1, TOO_MANY):
        scene = Scene(shop)
        case.before(scene)
        is_done = survives(partial(case.dies, scene), boundary=boundary)
        case.afterwards(scene)
        if is_done:
            break
    survived = boundary - 1
    assert case.fewest <= survived < TOO_MANY - 1, "the accidents miss their places"
    print(f"{name}: killed at {survived} boundaries")  # noqa: T201 - the measure


# --- negative controls -------------------------------------------------------------------------------------


def test_without_keys_a_kill_opens_two_payments(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first guard removed: the same kills leave two live payments that the payer could both pay."""
    forget_keys(monkeypatch)
    for boundary in count(1):
        scene = Scene(shop)
        is_done = survives(scene.start_payment, boundary=boundary)
        scene.start_payment()
        if len(scene.objects()) > 1:
            return
        assert not is_done, "no kill showed it: these tests would not notice the keys' absence"


def test_without_keys_a_kill_refunds_twice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the money was to go back; without keys all of it goes."""
    forget_keys(monkeypatch)
    for boundary in count(1):
        scene = Scene(shop)
        scene.confirm()
        shop.refund(scene.payment, scene.price // 2)
        is_done = survives(scene.work, boundary=boundary)
        scene.work()
        if scene.lines() == [scene.price, -(scene.price // 2), -(scene.price // 2)]:
            return
        assert not is_done, "no kill showed it: these tests would not notice the keys' absence"


def forget_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    write = SandboxHttp.write

    def without_key(self: SandboxHttp, path: str, body: Any, *, key: str) -> dict[str, Any]:
        return write(self, path, body, key=uuid4().hex)

    monkeypatch.setattr(SandboxHttp, "write", without_key)
    assert outside.payment_gateways()
