"""What each button of the hosted pages makes happen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from freehold.simulators.stripe import intents, sessions
from freehold.simulators.stripe.store import NOW, Body, Store

BANK_DEBIT_S = 10.0
PAY_LATE_S = 20 * 60.0
WEBHOOK_DELAY_S = 10.0
REFUND_FAILS_AFTER_S = 5.0
REORDERED_AFTER_S = 1.5


@dataclass(frozen=True, slots=True)
class Visit:
    """A payer on a page: of a Checkout Session, or of a bare intent that a merchant's own page leads to."""

    store: Store
    session_id: str | None
    intent_id: str
    delay_s: float | None = None  # tests are quicker than people

    def delay(self, usual: float) -> float:
        return usual if self.delay_s is None else self.delay_s

    def pay(self, after: Sequence[float] = NOW) -> None:
        intents.succeed(self.store, self.intent_id, after=after)
        self._complete(after)

    def pay_later(self, delay_s: float, *, job: str = "collect", after: Sequence[float] = NOW) -> None:
        intents.start_processing(self.store, self.intent_id, after=after)
        self._complete(after)
        self.store.books.schedule(job, self.intent_id, due_at=self.store.books.now() + delay_s)

    def _complete(self, after: Sequence[float]) -> None:
        if self.session_id:
            sessions.complete(self.store, self.session_id, after=after)


@dataclass(frozen=True, slots=True)
class Scenario:
    slug: str
    label: str
    explanation: str
    run: Callable[[Visit], None]
    leads_back: bool = True  # else the payer stays on the page, to try again


def _decline(visit: Visit) -> None:
    intents.decline(visit.store, visit.intent_id, decline_code="generic_decline")


def _insufficient(visit: Visit) -> None:
    intents.decline(visit.store, visit.intent_id, decline_code="insufficient_funds")


def _refuse_challenge(visit: Visit) -> None:
    intents.decline(visit.store, visit.intent_id, decline_code="authentication_required")


def _bank_debit_fails(visit: Visit) -> None:
    visit.pay_later(visit.delay(BANK_DEBIT_S), job="fail_debit")


def _pay_late(visit: Visit) -> None:
    visit.pay_later(visit.delay(PAY_LATE_S), after=())


def _out_of_order(visit: Visit) -> None:
    intents.start_processing(visit.store, visit.intent_id, after=(REORDERED_AFTER_S,))
    visit.pay()


def _refund_fails_later(visit: Visit) -> None:
    visit.store.note(visit.intent_id, "refund_failure_s", str(visit.delay(REFUND_FAILS_AFTER_S)))
    visit.pay()


PAY = Scenario("pay", "Pay", "The payment succeeds and the merchant hears of it at once.", Visit.pay)
DECLINE = Scenario("decline", "Decline the card", "The bank refuses.", _decline, leads_back=False)
REFUSE_CHALLENGE = Scenario(
    "decline_3ds", "Refuse", "The payer is not recognised.", _refuse_challenge, leads_back=False
)

REHEARSALS = (
    Scenario(
        "insufficient_funds",
        "Too little money",
        "The card is declined for want of funds.",
        _insufficient,
        leads_back=False,
    ),
    Scenario(
        "bank_debit",
        "Pay by bank debit",
        "The session completes unpaid; the money comes ten seconds later.",
        lambda visit: visit.pay_later(visit.delay(BANK_DEBIT_S)),
    ),
    Scenario("bank_debit_fails", "Bank debit that fails", "Completed unpaid, and refused later.", _bank_debit_fails),
    Scenario("pay_late", "Pay too late", "The money arrives twenty minutes later; nothing is told before.", _pay_late),
    Scenario("lost_webhook", "Lose the messages", "Paid, but the merchant is never told.", lambda visit: visit.pay(())),
    Scenario(
        "duplicate_webhook",
        "Repeat the messages",
        "Paid, and everything is told three times.",
        lambda visit: visit.pay((0.0, 0.1, 0.3)),
    ),
    Scenario("out_of_order", "Reorder the messages", "“Processing” arrives after “succeeded”.", _out_of_order),
    Scenario(
        "delay",
        "Delay the messages",
        "Paid now; the merchant hears ten seconds later.",
        lambda visit: visit.pay((visit.delay(WEBHOOK_DELAY_S),)),
    ),
    Scenario(
        "refund_fails_later",
        "Pay, fail the refund",
        "A later refund is accepted first and bounces afterwards.",
        _refund_fails_later,
    ),
)

SCENARIOS = {scenario.slug: scenario for scenario in (PAY, DECLINE, REFUSE_CHALLENGE, *REHEARSALS)}
"""Every value that the form field `scenario` runs. `pay_3ds` only shows the bank's page, `cancel` only leads back."""


def collect(store: Store, intent_id: str) -> None:
    """Money that was on its way has come."""
    if store.get("payment_intent", intent_id)["status"] == "processing":
        sessions.settle_later(store, intents.succeed(store, intent_id), paid=True)


def fail_debit(store: Store, intent_id: str) -> None:
    if store.get("payment_intent", intent_id)["status"] == "processing":
        intents.decline(store, intent_id, decline_code="generic_decline")
        sessions.settle_later(store, store.get("payment_intent", intent_id), paid=False)


def is_payable(intent: Body | None, session: Body | None) -> bool:
    if session is not None:
        return bool(session["status"] == "open")
    return intent is not None and intent["status"] in intents.OPEN
