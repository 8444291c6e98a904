"""What each button of the hosted page makes happen."""

from collections.abc import Callable
from dataclasses import dataclass

from freehold.simulators.kit.books import Row
from freehold.simulators.sandbox.gateway import Gateway

PAY_LATE_AFTER_DEADLINE_S = 3.0
WEBHOOK_DELAY_S = 10.0
REFUND_FAILS_AFTER_S = 5.0
REORDERED_AFTER_S = 1.5


@dataclass(frozen=True, slots=True)
class Choices:
    """Optional form fields that tests use to be quick or exact."""

    delay_s: float | None = None  # of `delay`, `pay_late` and `refund_fails_later`
    received: int | None = None  # of `wrong_amount`, minor units

    def delay(self, usual: float) -> float:
        return usual if self.delay_s is None else self.delay_s


@dataclass(frozen=True, slots=True)
class Scenario:
    slug: str
    label: str
    explanation: str
    hint: str  # what the browser is told on its way back; proves nothing
    run: Callable[[Gateway, Row, Choices], None]


def _pay(gateway: Gateway, payment: Row, choices: Choices) -> None:
    gateway.collect(payment["id"], amount=payment["amount"])


def _decline(gateway: Gateway, payment: Row, choices: Choices) -> None:
    gateway.decline(payment["id"], code="card_declined")


def _cancel(gateway: Gateway, payment: Row, choices: Choices) -> None:
    gateway.cancel(payment["id"])


def _pay_late(gateway: Gateway, payment: Row, choices: Choices) -> None:
    """The payer acts in time, the money arrives when the merchant has stopped waiting. Nothing is sent before."""
    now = gateway.books.now()
    usual = max(payment["expires_at"] - now, 0) + PAY_LATE_AFTER_DEADLINE_S
    gateway.start_processing(payment["id"], after=())
    gateway.books.schedule("collect", payment["id"], due_at=now + choices.delay(usual))


def _pay_twice(gateway: Gateway, payment: Row, choices: Choices) -> None:
    gateway.collect(payment["id"], amount=payment["amount"])
    if payment["capture"] == "automatic":
        gateway.collect_again(payment["id"], after=(0.2,))


def _wrong_amount(gateway: Gateway, payment: Row, choices: Choices) -> None:
    """A tenth less than asked, unless the form names the amount."""
    asked = payment["amount"]
    less = asked - max(asked // 10, 1) or asked + 1
    gateway.collect(payment["id"], amount=choices.received or less)


def _lost_webhook(gateway: Gateway, payment: Row, choices: Choices) -> None:
    gateway.collect(payment["id"], amount=payment["amount"], after=())


def _duplicate_webhook(gateway: Gateway, payment: Row, choices: Choices) -> None:
    gateway.collect(payment["id"], amount=payment["amount"], after=(0.0, 0.1, 0.3))


def _out_of_order(gateway: Gateway, payment: Row, choices: Choices) -> None:
    gateway.start_processing(payment["id"], after=(REORDERED_AFTER_S,))
    gateway.collect(payment["id"], amount=payment["amount"])


def _delay(gateway: Gateway, payment: Row, choices: Choices) -> None:
    gateway.collect(payment["id"], amount=payment["amount"], after=(choices.delay(WEBHOOK_DELAY_S),))


def _refund_fails_later(gateway: Gateway, payment: Row, choices: Choices) -> None:
    gateway.books.write(
        "UPDATE payment SET refund_failure_s = :delay WHERE id = :id",
        delay=choices.delay(REFUND_FAILS_AFTER_S),
        id=payment["id"],
    )
    gateway.collect(payment["id"], amount=payment["amount"])


def _decline_challenge(gateway: Gateway, payment: Row, choices: Choices) -> None:
    gateway.decline(payment["id"], code="authentication_failed")


PAY = Scenario("pay", "Pay", "The payment succeeds and the merchant hears of it at once.", "paid", _pay)
DECLINE = Scenario(
    "decline", "Decline the card", "The bank refuses. The payment stays open for another try.", "declined", _decline
)
CANCEL = Scenario("cancel", "Cancel and go back", "Nothing is taken.", "canceled", _cancel)
DECLINE_CHALLENGE = Scenario(
    "decline_3ds", "Refuse", "The payment is refused; it stays open for another try.", "declined", _decline_challenge
)

REHEARSALS = (
    Scenario(
        "pay_late",
        "Pay too late",
        "The money arrives after the merchant's deadline has passed.",
        "processing",
        _pay_late,
    ),
    Scenario("pay_twice", "Pay twice", "Two charges arrive for this one payment.", "paid", _pay_twice),
    Scenario("wrong_amount", "Pay a wrong amount", "A tenth of the amount is missing.", "paid", _wrong_amount),
    Scenario("lost_webhook", "Lose the message", "Paid, but the merchant is never told.", "paid", _lost_webhook),
    Scenario(
        "duplicate_webhook",
        "Repeat the message",
        "Paid, and the merchant is told three times.",
        "paid",
        _duplicate_webhook,
    ),
    Scenario(
        "out_of_order",
        "Reorder the messages",
        "“Processing” arrives after “paid”.",
        "paid",
        _out_of_order,
    ),
    Scenario("delay", "Delay the message", "Paid now; the merchant hears ten seconds later.", "paid", _delay),
    Scenario(
        "refund_fails_later",
        "Pay, fail the refund",
        "A later refund is accepted first and bounces afterwards.",
        "paid",
        _refund_fails_later,
    ),
)

SCENARIOS = {scenario.slug: scenario for scenario in (PAY, DECLINE, CANCEL, DECLINE_CHALLENGE, *REHEARSALS)}
"""Every value that the form field `scenario` runs. `pay_3ds` only shows the bank's page and is no scenario."""
