"""What each button of the telephone makes happen."""

from collections.abc import Callable
from dataclasses import dataclass

from freehold.simulators.kit.books import Row
from freehold.simulators.mpesa.network import CANCELLED, UNREACHABLE, Network

DELAY_S = 10.0


@dataclass(frozen=True, slots=True)
class Scenario:
    slug: str
    label: str
    explanation: str
    run: Callable[[Network, Row, float], None]  # the push, and the delay in seconds


def _ends(code: str) -> Callable[[Network, Row, float], None]:
    return lambda network, push, delay_s: network.end(push["id"], code)


def _told(*after: float) -> Callable[[Network, Row, float], None]:
    return lambda network, push, delay_s: network.approve(push["id"], after=after)


APPROVE = Scenario("pay", "Enter the PIN and pay", "The money moves, the merchant hears of it at once.", _told(0.0))
CANCEL = Scenario("cancel", "Cancel", "Nothing is taken (1032).", _ends(CANCELLED))

REHEARSALS = (
    Scenario("wrong_pin", "Wrong PIN", "The payment fails (2001).", _ends("2001")),
    Scenario("decline", "Not enough money", "The payment fails (1).", _ends("1")),
    Scenario("no_answer", "Do not answer", "The telephone cannot be reached (1037).", _ends(UNREACHABLE)),
    Scenario("locked", "Busy with another payment", "The subscriber is locked (1001).", _ends("1001")),
    Scenario("lost_webhook", "Lose the message", "Paid, but the merchant is never told.", _told()),
    Scenario(
        "duplicate_webhook", "Repeat the message", "Paid, and the merchant is told three times.", _told(0.0, 0.1, 0.3)
    ),
    Scenario(
        "delay",
        "Delay the message",
        "Paid now; the merchant hears ten seconds later.",
        lambda network, push, delay_s: network.approve(push["id"], after=(delay_s,)),
    ),
    Scenario(
        "pay_late",
        "Pay slowly",
        "The PIN is typed in time, the money moves ten seconds later.",
        lambda network, push, delay_s: network.act_slowly(push["id"], delay_s=delay_s),
    ),
    Scenario(
        "wrong_amount",
        "Tell a wrong amount",
        "Paid in full, but the message tells one shilling less.",
        lambda network, push, delay_s: network.approve(push["id"], told=max(push["amount"] - 1, 1)),
    ),
    Scenario(
        "lost_then_failed",
        "Cancel and lose the message",
        "Nothing is taken, and the merchant is never told.",
        lambda network, push, delay_s: network.end(push["id"], CANCELLED, after=()),
    ),
)

SCENARIOS = {scenario.slug: scenario for scenario in (APPROVE, CANCEL, *REHEARSALS)}
