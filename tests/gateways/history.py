"""One random history of an inn: guests, payers, messages, a worker that is killed, trouble on the wire, and time.

Every deed is what a surface or a person does. It may be refused with a clear error; anything else is a finding. What
happened is written down, so that a history that went wrong can be read.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from freehold.bookings.models import Booking
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.extend_hold import extend_hold
from freehold.bookings.types import ItemChange
from freehold.core.actor import Actor
from freehold.core.errors import FreeholdError
from freehold.domain.booking_states import BookingState
from freehold.domain.money import Money
from freehold.domain.occasions import Nights
from freehold.domain.payment_states import PaymentState
from freehold.payments.accounts import gateway_of
from freehold.payments.models import Payment
from freehold.payments.services.refund_payment import refund_payment
from tests.support.accident import survives
from tests.support.gateways.inn import Inn
from tests.support.gateways.till import Message

STEPS = 24
NEAR = 4  # days: half of the price goes back then, until the day before
FAULTS = ("error_500", "error_500", "html", "empty", "timeout", "rate_limited")
MOST_BOUNDARIES = 9
LONG_WAITS = (20.0, 90.0)


class History:
    """`done` counts what went through, and `told` is the story."""

    def __init__(self, inn: Inn, seed: int) -> None:
        self.inn, self.random = inn, Random(seed)
        self.story: list[str] = []
        self.done: Counter[str] = Counter()
        self.bookings: list[Booking] = []
        self.payments: list[Payment] = []
        self.brought: list[tuple[Payment, dict[str, str]]] = []
        self.lost: list[Message] = []
        self.bouncing: set[UUID] = set()
        self._deeds: Sequence[tuple[int, Callable[[], None]]] = (
            (2, self.hold),
            (3, self.book_and_pay),
            (6, self.pay),
            (11, self.payer_acts),
            (3, self.browser_comes_back),
            (6, self.messages_come),
            (2, self.messages_are_lost),
            (3, self.message_comes_again),
            (6, self.worker_comes),
            (3, self.worker_is_killed),
            (3, self.reconciler_comes),
            (4, self.trouble),
            (2, self.cancel),
            (1, self.extend),
            (1, self.shorten),
            (2, self.refund_at_the_desk),
            (1, self.refund_in_dashboard),
            (4, self.time_passes),
        )

    def live(self, steps: int = STEPS) -> None:
        """At first somebody books and goes to pay, so that something can happen."""
        self.hold()
        self.pay()
        weights = [weight for weight, _ in self._deeds]
        for _ in range(steps):
            _, deed = self.random.choices(self._deeds, weights)[0]
            deed()

    def end(self) -> None:
        """Messages that were only late come, in any order; then time passes until all is over."""
        waiting = self.inn.arrived()
        self.random.shuffle(waiting)
        self.inn.deliver(waiting)
        self.inn.let_time_pass()

    # --- guests ---------------------------------------------------------------------------------------------

    def hold(self) -> None:
        gone = [b for b in self.bookings if b.state in (BookingState.EXPIRED, BookingState.CANCELLED)]
        if gone and self._perhaps(0.5):
            self._try("hold the same nights", lambda: self.bookings.append(self.inn.book(same_as=self._one(gone))))
        else:
            arrive_in = NEAR if self._perhaps(0.4) else 0
            self._try(f"hold, {arrive_in=}", lambda: self.bookings.append(self.inn.book(arrive_in=arrive_in)))

    def book_and_pay(self) -> None:
        """The straight road, so that there is something to change, to cancel and to give back."""
        self.hold()
        self.pay(self.bookings[-1])
        if self.payments and self.payments[-1].folio_id == self.bookings[-1].folio_id:
            self.payer_acts(self.payments[-1])

    def pay(self, booking: Booking | None = None) -> None:
        """At any provider; perhaps twice at once, and perhaps the web process dies in the middle."""
        booking, provider = booking or self._one(self.bookings), self._one(list(self.inn.tills))
        if self._perhaps(0.15):
            self._killed(f"pay {self._name(booking)} at {provider}", lambda: self.inn.pay(booking, provider))
        for _ in range(2 if self._perhaps(0.2) else 1):
            self._try(f"pay {self._name(booking)} at {provider}", lambda: self.inn.pay(booking, provider))
        self._look()

    def cancel(self) -> None:
        booking = self._one(self.bookings)
        self._try(f"cancel {self._name(booking)}", lambda: self.inn.cancel(booking))
        self._look()

    def extend(self) -> None:
        booking = self._one(self.bookings)
        actor = Actor.of(booking.booker)
        self._try(f"extend {self._name(booking)}", lambda: extend_hold(actor=actor, booking_id=booking.pk))

    def shorten(self) -> None:
        """A night less: a part goes back."""
        confirmed = [booking for booking in self.bookings if booking.state == BookingState.CONFIRMED]
        if not confirmed:
            return
        booking = self._one(confirmed)
        item = booking.items.filter(cancelled_at=None).get()
        arrival, departure = item.starts_at.date(), item.ends_at.date()
        if (departure - arrival).days < 2:
            return
        when = Nights(arrival, departure - timedelta(days=1))
        self._try(
            f"shorten {self._name(booking)}",
            lambda: change_booking(
                actor=Actor.of(booking.booker), booking_id=booking.pk, changes=[ItemChange(item.pk, when=when)]
            ),
        )

    # --- payers ---------------------------------------------------------------------------------------------

    def payer_acts(self, payment: Payment | None = None) -> None:
        """On the page or telephone of any attempt, closed ones too: nobody takes pages away from payers."""
        asked = [each for each in self.payments if self._can_act(each) and payment in (None, each)]
        if not asked:
            return
        payment = self._one(asked[-2:] if self._perhaps(0.7) else asked)
        till = self.inn.tills[payment.provider]
        deed = "pay" if self._perhaps(0.5) else self._one(sorted(till.deeds))
        details = {"delay_s": str(self.random.choice((30, 600, 1500)))} if deed in ("pay_late", "delay") else {}
        brought = self.inn.act(payment, deed, comes_back=False, **details)
        self._note(f"payer of {self._name(payment)}: {deed} {details or ''}")
        self.done[f"payer {deed}"] += 1
        if deed == "refund_fails_later":
            self.bouncing.add(payment.pk)
        if brought:
            self.brought.append((payment, brought))
            if self._perhaps(0.7):
                self.browser_comes_back(latest=True)

    def browser_comes_back(self, *, latest: bool = False) -> None:
        """Now, late or again; and sometimes with a lie."""
        if not self.brought:
            return
        payment, brought = self.brought[-1] if latest else self._one(self.brought)
        if self._perhaps(0.1):
            brought = {**brought, "status": "success", "razorpay_signature": "0" * 64}
        self._note(f"the browser of {self._name(payment)} comes back")
        self._try("come back", lambda: self.inn.come_back(self.inn.reload(payment), brought))

    def refund_at_the_desk(self) -> None:
        """Staff give back a part, or all that is left; the guest owes it again, and may pay it again."""
        if not self.payments:
            return
        payment, minor = self._one(self.payments), self.random.choice((1_000, 12_500, 0))
        self._try(
            f"refund {minor or 'all'} of {self._name(payment)} at the desk",
            lambda: refund_payment(
                actor=Actor.of(self.inn.admin),
                payment_id=payment.pk,
                amount=Money(minor, payment.currency) if minor else None,
                reason="the guest complained",
                key=str(len(self.story)),
            ),
        )

    def refund_in_dashboard(self) -> None:
        """Rarely: staff press buttons at the provider. Not where it will bounce: that is a question for people, until
        whose answer the books differ."""
        paid = [
            payment
            for payment in self.payments
            if payment.state == PaymentState.PAID
            and payment.provider != "mpesa"
            and payment.pk not in self.bouncing
            and not payment.refunds.exists()
        ]
        if not paid or self._perhaps(0.5):
            return
        payment = self._one(paid)
        self._note(f"staff refund 10.00 of {self._name(payment)} in the dashboard")
        self.inn.tills[payment.provider].refund_in_dashboard(payment, 1_000)
        self.done["dashboard"] += 1

    # --- messages -------------------------------------------------------------------------------------------

    def messages_come(self) -> None:
        """Some of what waits, in any order."""
        waiting = self.inn.arrived()
        some = self.random.sample(waiting, self.random.randint(0, len(waiting)))
        if some:
            self._note(f"messages come: {some}, answered {self.inn.deliver(some)}")

    def messages_are_lost(self) -> None:
        waiting = self.inn.arrived()
        some = self.random.sample(waiting, self.random.randint(0, len(waiting)))
        self.inn.lose(some)
        self.lost += some
        if some:
            self._note(f"messages are lost: {some}")

    def message_comes_again(self) -> None:
        if self.inn.delivered:
            message = self._one(self.inn.delivered)
            self._note(f"{message} comes again: {self.inn.post(message)}")

    # --- the machine ----------------------------------------------------------------------------------------

    def worker_comes(self) -> None:
        self._note(f"the worker did {self.inn.work()}")

    def worker_is_killed(self) -> None:
        use_case = self.inn.work if self._perhaps(0.6) else self.inn.reconcile
        self._killed(use_case.__name__, use_case)
        self._look()

    def reconciler_comes(self) -> None:
        self._note(f"the reconciler asked about {self.inn.reconcile()}")
        self._look()

    def trouble(self) -> None:
        till = self.inn.tills[self._one(list(self.inn.tills))]
        operation = self._one(sorted(set(till.operations) - {"create_payout", "capture_payment"}))
        kind, executed, times = self._one(FAULTS), self._perhaps(0.5), self.random.choice((1, 1, 2))
        till.trouble(operation, kind, executed=executed, times=times)
        self._note(f"trouble at {till.slug}: {operation} {kind} {executed=} {times=}")
        self.done[f"trouble {till.slug} {operation}"] += 1

    def time_passes(self) -> None:
        """Mostly seconds and minutes. While it is long, the worker and the reconciler are there, as they always are."""
        minutes = self.random.choice((0.1, 0.6, 2.0, 5.0, 12.0, *LONG_WAITS))
        self._note(f"{minutes} minutes pass")
        self.inn.advance(minutes)
        if minutes in LONG_WAITS:
            self.worker_comes()
            self.reconciler_comes()

    # --- helpers --------------------------------------------------------------------------------------------

    def _try(self, what: str, deed: Callable[[], Any]) -> None:
        """A clear refusal is an answer like any other."""
        try:
            deed()
        except FreeholdError as refusal:
            self._note(f"{what}: {refusal.code}")
        else:
            self._note(what)
            self.done[what.split(" ")[0].rstrip(",")] += 1

    def _killed(self, what: str, use_case: Callable[[], Any]) -> None:
        def refused_or_done() -> None:
            try:
                use_case()
            except FreeholdError:
                return

        boundary = self.random.randint(1, MOST_BOUNDARIES)
        providers = {type(gateway_of(payment)) for payment in self.payments}
        lived = survives(refused_or_done, boundary=boundary, providers=providers)
        self._note(f"{what}, killed at the boundary {boundary}: {'lived' if lived else 'died'}")
        self.done["lived" if lived else "died"] += 1

    def _look(self) -> None:
        """What there is now."""
        company = self.inn.company.pk
        known = {payment.pk for payment in self.payments}
        found = Payment.objects.company(company).order_by("created_at", "id")
        self.payments += [payment for payment in found if payment.pk not in known]
        for row in (*self.bookings, *self.payments):
            row.refresh_from_db()

    def _can_act(self, payment: Payment) -> bool:
        if payment.provider == "mpesa":
            return self.inn.tills["mpesa"].has_prompt(payment)
        return bool(payment.object_id and (payment.next_action.get("url") or payment.next_action.get("client")))

    def _one[Thing](self, things: Sequence[Thing]) -> Thing:
        return self.random.choice(things)

    def _perhaps(self, chance: float) -> bool:
        return self.random.random() < chance

    def _name(self, row: Booking | Payment) -> str:
        if isinstance(row, Booking):
            return f"booking {self.bookings.index(row)} ({row.state})"
        return f"payment {self.payments.index(row)} ({row.provider} {row.state})"

    def _note(self, line: str) -> None:
        self.story.append(line)
