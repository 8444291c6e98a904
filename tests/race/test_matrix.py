"""Seven ways to take the same unit, each against each, in both orders: in every duel one wins and one is refused.

A duel is two callers on connections of their own, let go together, whose periods overlap.
"""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from freehold.domain.occasions import Nights, Slot, UntilCancelled
from freehold.domain.periods import FOREVER, Period, stay_period
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Purpose
from freehold.inventory.services.claim_listing import claim_listing
from freehold.inventory.services.claim_units import claim_units
from freehold.inventory.types import ListingWish
from freehold.properties.models import Listing, SlotRules, Unit
from tests.factories import ListingFactory
from tests.support.races import GUEST, TTL, overlaps, without_constraint, without_unit_locks
from tests.support.stays import in_days

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

DUELS = 200
ARRIVAL, NIGHTS = 30, 3
OPEN_ALL_DAY = [[["00:00", "24:00"]]] * 7


class Place:
    """One unit, and a listing of it for each way of selling it."""

    def __init__(self) -> None:
        self.stay = ListingFactory()
        self.unit: Unit = self.stay.unit
        same = {"company": self.stay.company, "property": self.stay.property, "unit": self.unit}
        self.slot = ListingFactory(**same, mode=Listing.Mode.SLOT)
        SlotRules.objects.create(listing=self.slot, opening_hours=OPEN_ALL_DAY, buffer_after_minutes=15)
        # All of the property, which is this unit: another road to the same row.
        self.whole = ListingFactory(**{**same, "unit": None}, mode=Listing.Mode.EXCLUSIVE)
        place = self.stay.property
        self.nights = Nights(in_days(ARRIVAL), in_days(ARRIVAL + NIGHTS))
        self.period = stay_period(
            self.nights.check_in, self.nights.check_out, place.check_in_time, place.check_out_time, place.time_zone
        )

    def night(self) -> None:
        self._claim_listing(ListingWish(self.stay, self.nights, self.period))

    def slot_inside(self) -> None:
        start = self.period.start + timedelta(hours=30)
        period = Period(start, start + timedelta(hours=2))
        self._claim_listing(ListingWish(self.slot, Slot(period.start, period.end), period))

    def exclusive(self) -> None:
        period = Period(self.period.start - timedelta(days=20), FOREVER)
        self._claim_listing(ListingWish(self.whole, UntilCancelled(), period))

    def block(self) -> None:
        self._claim_unit(Purpose.BLOCK, Period(self.period.start, self.period.start + timedelta(days=2)))

    def external(self) -> None:
        self._claim_unit(Purpose.EXTERNAL, Period(self.period.start - timedelta(days=1), self.period.end))

    def lease(self) -> None:
        self._claim_unit(Purpose.LEASE, Period(self.period.start, self.period.start + timedelta(days=365)))

    def sale(self) -> None:
        self._claim_unit(Purpose.SALE, Period(self.period.start - timedelta(days=5), FOREVER))

    def _claim_listing(self, wish: ListingWish) -> None:
        with transaction.atomic():
            claim_listing(actor=GUEST, wish=wish, ttl=TTL)

    def _claim_unit(self, purpose: Purpose, period: Period) -> None:
        with transaction.atomic():
            claim_units(
                actor=GUEST,
                company_id=self.unit.company_id,
                unit_ids=[self.unit.pk],
                period=period,
                purpose=purpose,
            )


KINDS: dict[str, Callable[[Place], None]] = {
    "night": Place.night,
    "slot": Place.slot_inside,
    "exclusive": Place.exclusive,
    "block": Place.block,
    "external": Place.external,
    "lease": Place.lease,
    "sale": Place.sale,
}


def fight(first: Callable[[Place], None], second: Callable[[Place], None], places: list[Place]) -> list[list[object]]:
    """A duel for each place, one after the other. Answers by duel: None for who won, the exception for who lost."""
    answers: list[list[object]] = [[None, None] for _ in places]
    line = threading.Barrier(2, timeout=30)

    def caller(side: int, act: Callable[[Place], None]) -> None:
        try:
            connection.ensure_connection()
            for duel, place in enumerate(places):
                line.wait()
                try:
                    act(place)
                except Exception as error:  # what this caller got, whatever it is
                    answers[duel][side] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=caller, args=each) for each in ((0, first), (1, second))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def forget_claims() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE inventory_allocation, inventory_claim CASCADE")


@pytest.mark.parametrize("first", KINDS)
def test_each_kind_of_claim_excludes_every_kind(first: str) -> None:
    """Over all of `first` each pair meets in both orders."""
    places = [Place() for _ in range(DUELS)]
    for second in KINDS:
        answers = fight(KINDS[first], KINDS[second], places)
        for duel in answers:
            losers = [answer for answer in duel if answer is not None]
            assert len(losers) == 1, f"{first} against {second}: {duel}"
            assert isinstance(losers[0], Unavailable), f"{first} against {second}: {losers[0]!r}"
        assert overlaps() == 0
        forget_claims()


@pytest.mark.parametrize(("kind", "other"), [("night", "slot"), ("exclusive", "external"), ("night", "block")])
def test_without_both_guards_both_would_win(kind: str, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control. The two meet after both have looked and before either has committed."""
    place, both_have_claimed = Place(), threading.Barrier(2, timeout=20)

    def lingering(act: Callable[[Place], None]) -> Callable[[Place], None]:
        def claim(at: Place) -> None:
            with transaction.atomic():
                act(at)
                both_have_claimed.wait()

        return claim

    with without_unit_locks(), without_constraint():
        answers = fight(lingering(KINDS[kind]), lingering(KINDS[other]), [place])
        assert answers == [[None, None]]
        assert overlaps() == 1
