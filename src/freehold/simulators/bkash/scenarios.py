"""What each button of the hosted page makes happen."""

from collections.abc import Callable
from dataclasses import dataclass

from freehold.simulators.bkash.desk import Desk
from freehold.simulators.kit.books import Row, dump

NOTICE_DELAY_S = 10.0
STAY = ""
"""The browser is not led back by itself."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Optional form fields that tests use to be quick or exact."""

    delay_s: float | None = None  # of `delay`
    taken: int | None = None  # of `wrong_amount`, paisa


@dataclass(frozen=True, slots=True)
class Scenario:
    slug: str
    label: str
    explanation: str
    status: str  # what the browser tells the merchant; proves nothing
    run: Callable[[Desk, Row, Choices], None]


def _approve(desk: Desk, payment: Row, choices: Choices) -> None:
    desk.approve(payment["id"])


def _fail(desk: Desk, payment: Row, choices: Choices) -> None:
    desk.end(payment["id"], "failed")


def _cancel(desk: Desk, payment: Row, choices: Choices) -> None:
    desk.end(payment["id"], "cancelled")


def _nothing(desk: Desk, payment: Row, choices: Choices) -> None:
    """The browser lies."""


def _balance_gone(desk: Desk, payment: Row, choices: Choices) -> None:
    desk.approve(payment["id"], refuse_code="2023")


def _wrong_amount(desk: Desk, payment: Row, choices: Choices) -> None:
    """A tenth less than asked, unless the form names the amount."""
    asked = payment["amount"]
    desk.approve(payment["id"], taken=choices.taken or asked - max(asked // 10, 1) or asked + 1)


def _lost_notice(desk: Desk, payment: Row, choices: Choices) -> None:
    desk.approve(payment["id"], notice_after=dump([]))


def _duplicate_notice(desk: Desk, payment: Row, choices: Choices) -> None:
    desk.approve(payment["id"], notice_after=dump([0.0, 0.1, 0.3]))


def _delay(desk: Desk, payment: Row, choices: Choices) -> None:
    delay_s = NOTICE_DELAY_S if choices.delay_s is None else choices.delay_s
    desk.approve(payment["id"], notice_after=dump([delay_s]))


def _lost_answer(desk: Desk, payment: Row, choices: Choices) -> None:
    desk.approve(payment["id"])
    desk.books.insert("fault", operation="execute", kind="empty", executed=1, remaining=1)


def _broken_before(desk: Desk, payment: Row, choices: Choices) -> None:
    desk.approve(payment["id"])
    desk.books.insert("fault", operation="execute", kind="error_500", executed=0, remaining=1)


def _slow(desk: Desk, payment: Row, choices: Choices) -> None:
    desk.approve(payment["id"])
    desk.books.insert("fault", operation="execute", kind="slow", executed=0, remaining=1)


PAY = Scenario("pay", "Confirm with PIN and pay", "The merchant executes the payment.", "success", _approve)
DECLINE = Scenario("decline", "Wrong PIN", "Nothing is taken.", "failure", _fail)
CANCEL = Scenario("cancel", "Cancel and go back", "Nothing is taken.", "cancel", _cancel)

REHEARSALS = (
    Scenario(
        "approve_and_stay",
        "Approve and dawdle",
        "Go back later, or never.",
        STAY,
        _approve,
    ),
    Scenario("forge", "Claim to have paid", "The browser says “success” without an approval.", "success", _nothing),
    Scenario("balance_gone", "Spend the money first", "The execution finds too little.", "success", _balance_gone),
    Scenario("wrong_amount", "Pay a wrong amount", "A tenth of the amount is missing.", "success", _wrong_amount),
    Scenario("lost_answer", "Lose the answer", "Executed, and the merchant hears nothing.", "success", _lost_answer),
    Scenario("broken_before", "Break before paying", "The first execution breaks.", "success", _broken_before),
    Scenario("slow", "Answer slowly", "The execution takes a second.", "success", _slow),
    Scenario("lost_webhook", "Lose the notice", "Paid, but no notice is sent.", "success", _lost_notice),
    Scenario("duplicate_webhook", "Repeat the notice", "Paid, and told three times.", "success", _duplicate_notice),
    Scenario("delay", "Delay the notice", "Paid now; the notice comes ten seconds later.", "success", _delay),
)

SCENARIOS = {scenario.slug: scenario for scenario in (PAY, DECLINE, CANCEL, *REHEARSALS)}
"""Every value that the form field `scenario` runs."""
