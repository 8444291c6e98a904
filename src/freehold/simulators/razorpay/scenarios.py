"""What each button of the checkout page makes happen."""

from collections.abc import Callable
from dataclasses import dataclass

from freehold.simulators.kit.books import Row
from freehold.simulators.razorpay.desk import NOW, Desk

LATE_AFTER_S = 20.0
LET_GO_AFTER_S = 30.0
MESSAGE_DELAY_S = 10.0
REFUND_FAILS_AFTER_S = 5.0
REFUND_TAKES_S = 5.0
REORDERED_AFTER_S = 1.5


@dataclass(frozen=True, slots=True)
class Choices:
    """Optional form fields that tests use to be quick or exact."""

    delay_s: float | None = None
    received: int | None = None  # of `wrong_amount`, minor units

    def delay(self, usual: float) -> float:
        return usual if self.delay_s is None else self.delay_s


@dataclass(frozen=True, slots=True)
class Scenario:
    """`run` returns the try that the browser brings home with a signature, None when there is nothing to bring."""

    slug: str
    label: str
    explanation: str
    run: Callable[[Desk, Row, Choices], str | None]


def _pay(desk: Desk, order: Row, choices: Choices) -> str | None:
    payment_id = desk.attempt(order)
    desk.authorize(payment_id)
    return payment_id


def _decline(desk: Desk, order: Row, choices: Choices) -> str | None:
    desk.fail(desk.attempt(order, method="card"), reason="payment_failed")
    return None


def _decline_3ds(desk: Desk, order: Row, choices: Choices) -> str | None:
    desk.fail(desk.attempt(order, method="card"), reason="authentication_failed")
    return None


def _cancel(desk: Desk, order: Row, choices: Choices) -> str | None:
    return None


def _pay_late(desk: Desk, order: Row, choices: Choices) -> str | None:
    """The bank is silent: failed for the payer, and authorised when it answers at last."""
    payment_id = desk.attempt(order)
    desk.fail(payment_id, reason="payment_timed_out")
    desk.books.schedule("authorize_late", payment_id, due_at=desk.books.now() + choices.delay(LATE_AFTER_S))
    return None


def _held(desk: Desk, order: Row, choices: Choices) -> str | None:
    payment_id = desk.attempt(order)
    desk.hold(payment_id, let_go_after_s=choices.delay(LET_GO_AFTER_S))
    return payment_id


def _pay_twice(desk: Desk, order: Row, choices: Choices) -> str | None:
    """Two windows, two tries, both succeed."""
    first, second = desk.attempt(order), desk.attempt(order)
    desk.authorize(first)
    desk.authorize(second)
    return second


def _wrong_amount(desk: Desk, order: Row, choices: Choices) -> str | None:
    """A tenth less than asked, unless the form names the amount."""
    asked = order["amount"]
    less = asked - max(asked // 10, 1) or asked + 1
    payment_id = desk.attempt(order, amount=choices.received or less)
    desk.authorize(payment_id)
    return payment_id


def _messages(after: tuple[float, ...]) -> Callable[[Desk, Row, Choices], str | None]:
    def run(desk: Desk, order: Row, choices: Choices) -> str | None:
        payment_id = desk.attempt(order)
        desk.authorize(payment_id, after=after)
        return payment_id

    return run


def _delay(desk: Desk, order: Row, choices: Choices) -> str | None:
    payment_id = desk.attempt(order)
    desk.authorize(payment_id, after=(choices.delay(MESSAGE_DELAY_S),))
    return payment_id


def _out_of_order(desk: Desk, order: Row, choices: Choices) -> str | None:
    """A failed try and the authorisation are told after the capture."""
    desk.fail(desk.attempt(order), reason="payment_failed", after=(2 * REORDERED_AFTER_S,))
    payment_id = desk.attempt(order)
    desk.authorize(payment_id, after=NOW, told_late=(REORDERED_AFTER_S,))
    return payment_id


def _refund_fails_later(desk: Desk, order: Row, choices: Choices) -> str | None:
    return _with_refunds(desk, order, "refunds_fail_s", choices.delay(REFUND_FAILS_AFTER_S))


def _refund_takes_time(desk: Desk, order: Row, choices: Choices) -> str | None:
    return _with_refunds(desk, order, "refunds_take_s", choices.delay(REFUND_TAKES_S))


def _with_refunds(desk: Desk, order: Row, column: str, seconds: float) -> str:
    payment_id = desk.attempt(order)
    desk.books.write(
        f"UPDATE payment SET {column} = :seconds WHERE id = :id",  # noqa: S608 - one of two names above
        seconds=seconds,
        id=payment_id,
    )
    desk.authorize(payment_id)
    return payment_id


PAY = Scenario("pay", "Pay", "The payment is captured and the merchant hears of it at once.", _pay)
DECLINE = Scenario("decline", "Decline", "The bank refuses. The order stays open for another try.", _decline)
CANCEL = Scenario("cancel", "Close and go back", "Nothing is taken.", _cancel)
DECLINE_3DS = Scenario("decline_3ds", "Refuse", "The try fails; the order stays open for another.", _decline_3ds)

REHEARSALS = (
    Scenario("pay_late", "Let the bank answer late", "Failed at first, authorised twenty seconds later.", _pay_late),
    Scenario("held", "Agree too late to capture", "Held for half a minute, then the money goes back.", _held),
    Scenario("pay_twice", "Pay twice", "Two tries at this one order are captured.", _pay_twice),
    Scenario("wrong_amount", "Pay a wrong amount", "A tenth of the amount is missing.", _wrong_amount),
    Scenario("lost_webhook", "Lose the messages", "Captured, but the merchant is never told.", _messages(())),
    Scenario(
        "duplicate_webhook",
        "Repeat the messages",
        "The merchant is told everything three times.",
        _messages((0.0, 0.1, 0.3)),
    ),
    Scenario("out_of_order", "Reorder the messages", "“Authorised” arrives after “captured”.", _out_of_order),
    Scenario("delay", "Delay the messages", "Captured now; the merchant hears ten seconds later.", _delay),
    Scenario(
        "refund_fails_later", "Pay, fail the refund", "A refund bounces after it was processed.", _refund_fails_later
    ),
    Scenario("refund_takes_time", "Pay, slow refunds", "A refund is pending for a while.", _refund_takes_time),
)

SCENARIOS = {scenario.slug: scenario for scenario in (PAY, DECLINE, CANCEL, DECLINE_3DS, *REHEARSALS)}
"""Every value that the form field `scenario` runs. `pay_3ds` only shows the bank's page and is no scenario."""
