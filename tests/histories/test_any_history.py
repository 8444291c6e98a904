"""Whatever people do, in whatever order, and however time passes: the promises hold after every step.

A house of two rooms, sold alone, as a kind, as a suite, by the slot and as a whole; a gateway that takes its time.
Every step is a use case as a surface calls it. It may be refused with a clear error; nothing else may come out.
"""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from freehold.bookings.models import Booking
from freehold.bookings.services.accept_request import accept_request
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.check_in_booking import check_in_booking
from freehold.bookings.services.check_out_booking import check_out_booking
from freehold.bookings.services.decline_request import decline_request
from freehold.bookings.services.extend_hold import extend_hold
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.services.mark_no_show import mark_no_show
from freehold.bookings.services.start_payment import start_booking_payment
from freehold.bookings.types import ItemChange
from freehold.config.wiring import SCHEDULE
from freehold.core import clock, events, outbox, outside
from freehold.core.actor import Actor
from freehold.core.errors import FreeholdError
from freehold.core.models import OutboxMessage
from freehold.domain.occasions import Nights, Slot, UntilCancelled, When
from freehold.domain.party import Party
from freehold.domain.periods import Period
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Purpose
from freehold.inventory.services.block_dates import block_dates, unblock_dates
from freehold.inventory.services.claim_units import claim_units
from freehold.inventory.services.import_calendars import UnitCalendar, import_calendars
from freehold.inventory.services.release_claim import release_claim
from freehold.payments.models import Payment
from freehold.payments.services.apply_snapshot import apply_snapshot
from freehold.pricing.types import ItemRequest
from freehold.properties.models import Listing, SlotRules
from tests.factories import ListingFactory, UnitFactory, UnitTypeFactory, UserFactory
from tests.histories.gateway import PatientGateway
from tests.support.promises import broken_promises

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

RUNS, STEPS, PARTS = int(os.environ.get("FREEHOLD_HISTORIES", "300")), 50, 6
HOST = Actor.system("history")
DAYS = st.integers(0, 25)
STRIDES = (timedelta(minutes=5), timedelta(minutes=16), timedelta(hours=7), timedelta(days=1, hours=1))
FOR_LONG = (Purpose.LEASE, Purpose.SALE)
BEGINNING = datetime(2030, 3, 1, 10, tzinfo=UTC)
ALWAYS_OPEN = [[["00:00", "24:00"]]] * 7


gateway = PatientGateway()
done: Counter[str] = Counter()
"""How often each use case went through."""


def begin_anew() -> None:
    """An empty house at a fixed moment: what a history does must depend on nothing but its steps."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE companies_company, accounts_user, properties_category, core_outboxmessage, core_clockoffset,"
            " inventory_searchentry, inventory_searchoption, inventory_searchplace CASCADE"
        )
    clock.forget_offset()
    clock.move(BEGINNING - clock.database_now())
    gateway.forget()


class House(RuleBasedStateMachine):
    """One world per history."""

    bookings: Bundle[UUID] = Bundle("bookings")
    payments: Bundle[UUID] = Bundle("payments")
    closures: Bundle[UUID] = Bundle("closures")
    leases: Bundle[UUID] = Bundle("leases")

    @initialize()
    def build(self) -> None:
        begin_anew()
        self.single = ListingFactory()
        place, company = self.single.property, self.single.company
        same = {"company": company, "property": place}
        kind = UnitTypeFactory(property=place)
        self.rooms = [self.single.unit, UnitFactory(property=place)]
        for room in self.rooms:
            room.unit_type = kind
            room.save(update_fields=["unit_type"])
        suite = UnitFactory(property=place, parts=self.rooms)
        self.listings: list[Listing] = [
            self.single,
            ListingFactory(**same, unit=None, unit_type=kind, acceptance=Listing.Acceptance.REQUEST),
            ListingFactory(**same, unit=suite, turnover_days=1, payment_terms=Listing.PaymentTerms.DEPOSIT),
            ListingFactory(**same, unit=self.rooms[1], payment_terms=Listing.PaymentTerms.AT_PROPERTY),
        ]
        self.slot = ListingFactory(**same, unit=self.rooms[0], mode=Listing.Mode.SLOT, rate_plan__basis="hour")
        SlotRules.objects.create(listing=self.slot, opening_hours=ALWAYS_OPEN, buffer_after_minutes=60)
        self.whole = ListingFactory(**same, unit=None, mode=Listing.Mode.EXCLUSIVE, rate_plan__basis="flat")
        self.guests = [Actor.of(UserFactory()) for _ in range(2)]

    # --- people ---------------------------------------------------------------------------------------------

    @rule(
        target=bookings,
        which=st.integers(0, 3),
        days=DAYS,
        nights=st.integers(1, 4),
        who=st.integers(0, 1),
    )
    def hold(self, which: int, days: int, nights: int, who: int) -> Any:
        listing = self.listings[which]
        return self._book(listing, self._nights(days, nights), who)

    @rule(target=bookings, days=st.integers(0, 9), nights=st.integers(1, 4), which=st.sampled_from([0, 2]))
    def book_and_pay(self, days: int, nights: int, which: int) -> Any:
        """The straight road, in one step, so that there is something to change and to cancel."""
        booking = self._book(self.listings[which], self._nights(days, nights), 0)
        if isinstance(booking, UUID):
            payment = self.go_to_the_gateway(booking)
            if isinstance(payment, UUID):
                self.pay(payment)
        return booking

    @rule(target=bookings, hours=st.integers(1, 120), long=st.integers(1, 4), who=st.integers(0, 1))
    def hold_slot(self, hours: int, long: int, who: int) -> Any:
        start = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours)
        return self._book(self.slot, Slot(start, start + timedelta(hours=long)), who)

    @rule(target=bookings, days=DAYS, nights=st.integers(0, 6), who=st.integers(0, 1))
    def take_all(self, days: int, nights: int, who: int) -> Any:
        return self._book(self.whole, self._nights(days, nights) if nights else UntilCancelled(), who)

    @rule(booking=bookings)
    def extend(self, booking: UUID) -> None:
        self._try(extend_hold, actor=self._booker(booking), booking_id=booking)

    @rule(target=payments, booking=bookings)
    def go_to_the_gateway(self, booking: UUID) -> Any:
        payment = self._try(
            start_booking_payment,
            actor=self._booker(booking),
            booking_id=booking,
            provider=gateway.slug,
            return_url="https://example.com/",
        )
        return payment.pk if payment is not None else multiple()

    @rule(payment=consumes(payments))
    def pay(self, payment: UUID) -> None:
        """In time or much too late: whatever lies between going to the gateway and this."""
        snapshot = gateway.pay(Payment.objects.system("history").get(pk=payment).object_id)
        if snapshot is not None:
            self._try(apply_snapshot, payment_id=payment, snapshot=snapshot, source="event")
        self._check()

    @rule(booking=bookings, days=DAYS, nights=st.integers(1, 4), to=st.sampled_from([None, 0, 3]))
    def change(self, booking: UUID, days: int, nights: int, to: int | None) -> None:
        item = Booking.objects.system("history").get(pk=booking).items.filter(cancelled_at=None).first()
        if item is None or item.occasion != "nights":
            return
        listing_id = None if to is None else self.listings[to].pk
        wish = ItemChange(item.pk, listing_id=listing_id, when=self._nights(days, nights))
        self._try(change_booking, actor=self._booker(booking), booking_id=booking, changes=[wish])

    @rule(booking=bookings)
    def cancel(self, booking: UUID) -> None:
        self._try(cancel_booking, actor=self._booker(booking), booking_id=booking)

    # --- the host -------------------------------------------------------------------------------------------

    @rule(booking=bookings, yes=st.booleans())
    def answer(self, booking: UUID, yes: bool) -> None:
        self._try(accept_request if yes else decline_request, actor=HOST, booking_id=booking)

    @rule(booking=bookings, act=st.sampled_from([check_in_booking, check_out_booking, mark_no_show]))
    def at_the_desk(self, booking: UUID, act: Any) -> None:
        self._try(act, actor=HOST, booking_id=booking)

    @rule(booking=bookings, comes=st.booleans())
    def the_day_comes(self, booking: UUID, comes: bool) -> None:
        """Time runs to the arrival, and somebody is there or not."""
        starts_at = Booking.objects.system("history").get(pk=booking).starts_at
        wait = starts_at - clock.database_now() + timedelta(hours=1 if comes else 30)
        if wait > timedelta(0):
            clock.move(wait)
        self.at_the_desk(booking, check_in_booking if comes else mark_no_show)

    @rule(target=closures, which=st.integers(0, 3), days=DAYS, nights=st.integers(1, 3))
    def block(self, which: int, days: int, nights: int) -> Any:
        stay = self._nights(days, nights)
        listing = self.listings[which]
        claim = self._try(
            block_dates, actor=HOST, listing_id=listing.pk, check_in=stay.check_in, check_out=stay.check_out
        )
        return claim.id if claim is not None else multiple()

    @rule(closure=consumes(closures))
    def unblock(self, closure: UUID) -> None:
        self._try(unblock_dates, actor=HOST, claim_id=closure)

    @rule(room=st.integers(0, 1), days=st.sets(DAYS, max_size=3))
    def import_calendar(self, room: int, days: set[int]) -> None:
        place, today = self.single.property, clock.now().date().toordinal()
        calendar = UnitCalendar(
            reference=f"channel-{room}",
            listing_id=self.single.pk,
            unit_id=self.rooms[room].pk,
            check_in_time=place.check_in_time,
            check_out_time=place.check_out_time,
            time_zone=place.time_zone,
            covered=range(today, today + 26),
            taken=sorted(today + day for day in days),
        )
        self._try(import_calendars, actor=HOST, company_id=place.company_id, calendars=[calendar])

    @rule(
        target=leases,
        room=st.integers(0, 1),
        days=st.integers(5, 10),
        purpose=st.sampled_from([Purpose.LEASE, Purpose.SALE]),
    )
    def lease(self, room: int, days: int, purpose: Purpose) -> Any:
        start = clock.now() + timedelta(days=days)

        def claim() -> Any:
            with transaction.atomic():
                return claim_units(
                    actor=HOST,
                    company_id=self.single.company_id,
                    unit_ids=[self.rooms[room].pk],
                    period=Period(start, start + timedelta(days=30)),
                    purpose=purpose,
                )

        taken = self._try(claim)
        return taken.id if taken is not None else multiple()

    @rule(lease=consumes(leases))
    def end_lease(self, lease: UUID) -> None:
        self._try(release_claim, actor=HOST, claim_id=lease)

    # --- time -----------------------------------------------------------------------------------------------

    @rule(
        by=st.sampled_from(
            [timedelta(minutes=5), timedelta(minutes=16), timedelta(hours=7), timedelta(days=1, hours=1)]
        )
    )
    def time_passes(self, by: timedelta) -> None:
        clock.move(by)
        self._check()

    @rule()
    def the_worker_comes(self) -> None:
        for job in SCHEDULE:
            if job.follows_clock:
                job.run()
        deliver_everything()
        self._check()

    # --- what must be true ------------------------------------------------------------------------------------

    def _check(self) -> None:
        assert broken_promises() == []

    def teardown(self) -> None:
        """In the end all is delivered, and the gateway's books agree with ours."""
        if not hasattr(self, "guests"):
            return
        self.the_worker_comes()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(sum(p.amount_minor), 0) FROM finance_posting AS p"
                " JOIN finance_account AS a ON a.id = p.account_id WHERE a.code = 'gateway_clearing'"
            )
            (ours,) = cursor.fetchone()
        assert int(ours) == gateway.balance()
        outbox_left = OutboxMessage.objects.filter(state=OutboxMessage.State.DEAD)
        assert not outbox_left.exists(), outbox_left.first().last_error

    # --- helpers --------------------------------------------------------------------------------------------

    def _book(self, listing: Listing, when: When, who: int) -> Any:
        item = ItemRequest(listing.pk, when, Party(1))
        booking = self._try(hold_booking, actor=self.guests[who], items=[item])
        return booking.pk if booking is not None else multiple()

    def _try(self, use_case: Any, **facts: Any) -> Any:
        """What the use case answers; None when it refuses. Any other error is the finding of this test."""
        try:
            answer = use_case(**facts)
        except FreeholdError as error:
            answer, refusal = None, error
        else:
            done[use_case.__name__] += 1
            refusal = None
        assert not isinstance(refusal, Unavailable) or refusal.reasons, "a refusal says why"
        self._check()
        return answer

    def _nights(self, days: int, nights: int) -> Nights:
        arrival: date = clock.now().date() + timedelta(days=days)
        return Nights(arrival, arrival + timedelta(days=nights))

    def _booker(self, booking: UUID) -> Actor:
        return Actor.of(Booking.objects.system("history").select_related("booker").get(pk=booking).booker)


def deliver_everything() -> None:
    with events.unheard("freehold.messaging"):
        while outbox.deliver_due(worker_id="history", limit=100):
            pass


def run_histories(count: int, *, phases: Sequence[Phase] = tuple(Phase)) -> None:
    outside.bind_payment_gateway(gateway)
    with events.unheard("freehold.messaging"):
        run_state_machine_as_test(
            House,
            settings=settings(
                max_examples=count,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
                phases=phases,
            ),
        )


@pytest.mark.parametrize("part", range(PARTS))
def test_the_promises_hold_in_every_history(
    part: int, record_testsuite_property: Callable[[str, object], None]
) -> None:
    done.clear()
    run_histories(RUNS // PARTS)
    # Histories in which nothing ever succeeds would prove nothing.
    assert done.keys() >= {"hold_booking", "start_booking_payment", "apply_snapshot", "import_calendars"}
    record_testsuite_property(f"histories_{part}", str(dict(done)))


def test_space_that_is_not_given_back_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: cancelling forgets the calendar."""
    monkeypatch.setattr("freehold.bookings.services.cancel_booking.release_space", lambda booking: None)
    with pytest.raises(BaseException, match="dead_bookings_take_nothing"):
        run_histories(20, phases=(Phase.generate,))
