"""Payments in the words of the desk: states as badges, and one story out of all that happened to a payment."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from freehold.domain.money import Money
from freehold.domain.payment_states import DisputeState, PaymentState, RefundState
from freehold.domain.references import Candidate, Clue
from freehold.payments import by_hand
from freehold.payments.models import Credit, GatewayEvent, Payment, Refund, ReviewItem
from freehold.payments.modes import payments_in_test_mode
from freehold.payments.stuck import Stuck
from freehold.web.site.present.providers import provider_choices
from freehold.web.ui.formats import money
from freehold.web.ui.status import Status

if TYPE_CHECKING:
    from freehold.finance.models import JournalEntry


def payment_status(state: str) -> Status:
    return {
        PaymentState.CREATED: Status(gettext("Being opened"), "plain"),
        PaymentState.PENDING: Status(gettext("Waits for the payer"), "warn"),
        PaymentState.PROCESSING: Status(gettext("Being processed"), "warn"),
        PaymentState.UNKNOWN: Status(gettext("No answer yet"), "bad"),
        PaymentState.FAILED: Status(gettext("Failed"), "plain"),
        PaymentState.CANCELLED: Status(gettext("Cancelled"), "plain"),
        PaymentState.EXPIRED: Status(gettext("Lapsed"), "plain"),
        PaymentState.AUTHORIZED: Status(gettext("Held"), "warn"),
        PaymentState.PAID: Status(gettext("Paid"), "good"),
    }[PaymentState(state)]


def refund_status(state: str) -> Status:
    return {
        RefundState.CREATED: Status(gettext("To be sent"), "warn"),
        RefundState.UNKNOWN: Status(gettext("No answer yet"), "bad"),
        RefundState.PENDING: Status(gettext("On its way"), "warn"),
        RefundState.CANCELLED: Status(gettext("Cancelled"), "plain"),
        RefundState.SUCCEEDED: Status(gettext("Sent back"), "good"),
        RefundState.CHARGED_BACK: Status(gettext("Given back by the bank"), "plain"),
        RefundState.FAILED: Status(gettext("Failed"), "bad"),
    }[RefundState(state)]


def dispute_status(state: str) -> Status:
    return {
        DisputeState.OPEN: Status(gettext("Disputed"), "bad"),
        DisputeState.WON: Status(gettext("Dispute won"), "good"),
        DisputeState.LOST: Status(gettext("Dispute lost"), "bad"),
    }[DisputeState(state)]


def review_name(kind: str) -> str:
    return {
        ReviewItem.Kind.AMOUNT_MISMATCH: gettext("Not the amount that was asked"),
        ReviewItem.Kind.UNKNOWN_OBJECT: gettext("Belongs to no payment of ours"),
        ReviewItem.Kind.REFUND_FAILED: gettext("A refund failed"),
        ReviewItem.Kind.REFUND_BY_HAND: gettext("Send money back by hand"),
        ReviewItem.Kind.EXTERNAL_REFUND: gettext("Refunded elsewhere"),
        ReviewItem.Kind.DISAGREEMENT: gettext("The provider contradicts our books"),
        ReviewItem.Kind.DISPUTE: gettext("The payer's bank disputes it"),
        ReviewItem.Kind.NO_ANSWER: gettext("No answer"),
        ReviewItem.Kind.GATEWAY_PROBLEM: gettext("The provider refuses us"),
        ReviewItem.Kind.DRIFT: gettext("The provider's books differ"),
        ReviewItem.Kind.PAYOUT_FAILED: gettext("A payment out failed"),
        ReviewItem.Kind.AUTHORIZATION_ENDS: gettext("Held money runs out"),
        ReviewItem.Kind.CAPTURE_REFUSED: gettext("The provider refuses to take what it holds"),
        ReviewItem.Kind.PAYER_CLAIM: gettext("A payer says that money is theirs"),
        ReviewItem.Kind.DEPOSIT_LAPSED: gettext("A damage deposit is held no more"),
    }[ReviewItem.Kind(kind)]


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    text: str
    detail: str = ""


class DeskPayment:
    """Reads one payment of the desk's lists, or with `company_payment` all of it; asks the database nothing."""

    def __init__(self, payment: Payment, *, is_test: bool = False) -> None:
        self.payment = payment
        self.is_test = is_test
        self.reference = payment.folio.reference
        self.status = payment_status(payment.state)
        self.provider = provider_choices([payment.provider])[0].name
        self.amount = Money(payment.amount_minor, payment.currency)
        self.received = Money(payment.received_minor, payment.currency)
        self.waiting = getattr(payment, "waiting", 0)
        self.time_zone = payment.company.time_zone
        self.is_by_hand = payment.account == by_hand.ACCOUNT
        self.is_deposit = payment.purpose == Payment.Purpose.DEPOSIT

    @property
    def held_until(self) -> datetime | None:
        return self.payment.authorized_until if self.payment.state == PaymentState.AUTHORIZED else None

    @property
    def asked_again_at(self) -> datetime | None:
        """Of what is paid, the provider is asked for its fee at most: nothing that anybody waits for."""
        return self.payment.next_fetch_at if self.payment.state != PaymentState.PAID else None

    @property
    def may_capture(self) -> bool:
        """Held for a booking, and nobody has decided about it. Of a deposit a part is claimed instead."""
        held = self.payment.state == PaymentState.AUTHORIZED and self.payment.capture == Payment.Capture.MANUAL
        return held and not self.is_deposit and self.payment.capture_minor is None and self.payment.let_go_at is None

    @property
    def refunds(self) -> list[tuple[Refund, Status, Money]]:
        return [
            (each, refund_status(each.state), Money(each.amount_minor, each.currency))
            for each in self.payment.refunds.all()
        ]

    @property
    def disputes(self) -> list[tuple[object, Status, Money]]:
        return [
            (each, dispute_status(each.state), Money(each.amount_minor, each.currency))
            for each in self.payment.disputes.all()
        ]

    @property
    def unread(self) -> list[GatewayEvent]:
        """Messages that were kept and not applied."""
        done = (GatewayEvent.State.APPLIED, GatewayEvent.State.IGNORED)
        return [event for event in self.payment.events.all() if event.state not in done]

    @property
    def story(self) -> list[Line]:
        return sorted(self._lines(), key=attrgetter("at"))

    def _lines(self) -> Iterator[Line]:
        payment = self.payment
        yield Line(payment.created_at, gettext("Attempt opened for %(amount)s") % {"amount": money(self.amount)})
        for charge in payment.charges.all():
            came = {"amount": money(Money(charge.amount_minor, charge.currency))}
            yield Line(charge.created_at, gettext("%(amount)s arrived") % came, charge.charge_id.rpartition(":")[2])
        for event in payment.events.all():
            yield Line(
                event.created_at, gettext("Message of the provider: %(type)s") % {"type": event.type}, event.note
            )
        for refund, _status, amount in self.refunds:
            yield Line(
                refund.created_at,
                gettext("Refund of %(amount)s asked for") % {"amount": money(amount)},
                refund.reason,
            )
            if refund.succeeded_at is not None:
                yield Line(
                    refund.succeeded_at,
                    gettext("%(amount)s sent back") % {"amount": money(amount)},
                )
        for item in payment.review_items.all():
            yield Line(item.created_at, review_name(item.kind), item.detail)
            if item.resolved_at is not None:
                yield Line(
                    item.resolved_at, gettext("Settled: %(kind)s") % {"kind": review_name(item.kind)}, item.resolution
                )


def desk_payments(payments: Collection[Payment]) -> list[DeskPayment]:
    """With what is no real money marked: at most one query for all of them."""
    tests = payments_in_test_mode(payments)
    return [DeskPayment(payment, is_test=payment.pk in tests) for payment in payments]


@dataclass(frozen=True, slots=True)
class Booked:
    """A journal entry in one line: what moved, and between which accounts."""

    at: datetime
    kind: str
    accounts: str
    amount: Money


def booked(entry: JournalEntry) -> Booked:
    postings = list(entry.postings.all())
    debits = [posting for posting in postings if posting.amount_minor > 0]
    accounts = " → ".join(
        ", ".join(sorted(_account(posting.account.code) for posting in postings if (posting.amount_minor > 0) is side))
        for side in (False, True)
    )
    amount = Money(sum(posting.amount_minor for posting in debits), postings[0].currency)
    return Booked(entry.occurred_at, _account(entry.kind), accounts, amount)


def _account(code: str) -> str:
    return code.replace("_", " ")


@dataclass(frozen=True, slots=True)
class DeskCandidate:
    """A booking that a credit may be for, and why."""

    reference: str
    owed: Money
    why: str

    @classmethod
    def of(cls, candidate: Candidate) -> DeskCandidate:
        names = {
            Clue.REFERENCE: gettext("is named"),
            Clue.SIMILAR: gettext("almost this reference"),
            Clue.CLAIMED: gettext("its payer says so"),
            Clue.PHONE: gettext("same telephone"),
            Clue.AMOUNT: gettext("same amount"),
            Clue.NAME: gettext("same name"),
        }
        why = ", ".join(name for clue, name in names.items() if clue in candidate.clues)
        return cls(candidate.owed.reference, candidate.owed.amount, why)


@dataclass(frozen=True, slots=True)
class DeskCredit:
    credit: Credit
    amount: Money
    candidates: tuple[DeskCandidate, ...] = ()

    @classmethod
    def of(cls, credit: Credit, candidates: Sequence[Candidate] = ()) -> DeskCredit:
        amount = Money(credit.amount_minor, credit.currency)
        return cls(credit, amount, tuple(DeskCandidate.of(each) for each in candidates))


@dataclass(frozen=True, slots=True)
class DeskReview:
    item: ReviewItem
    name: str
    amount: Money | None

    @classmethod
    def of(cls, item: ReviewItem) -> DeskReview:
        amount = Money(item.amount_minor, item.currency) if item.amount_minor is not None and item.currency else None
        return cls(item, review_name(item.kind), amount)

    @property
    def may_send_back(self) -> bool:
        return self.item.kind == ReviewItem.Kind.AMOUNT_MISMATCH

    @property
    def is_by_hand(self) -> bool:
        return self.item.kind == ReviewItem.Kind.REFUND_BY_HAND and self.item.refund_id is not None

    @property
    def waits_for_dispute(self) -> bool:
        return self.item.kind == ReviewItem.Kind.DISPUTE and self.item.refund_id is not None

    @property
    def may_read_again(self) -> bool:
        return self.item.event_id is not None

    @property
    def may_try_again(self) -> bool:
        return self.item.kind == ReviewItem.Kind.REFUND_FAILED and self.item.refund_id is not None


@dataclass(frozen=True, slots=True)
class DeskStuck:
    thing: Stuck
    name: str
    provider: str

    @classmethod
    def of(cls, thing: Stuck) -> DeskStuck:
        names = {
            "payment": gettext("No answer about a payment"),
            "overdue": gettext("A payment that should be over"),
            "refund": gettext("A refund that does not arrive"),
            "message": gettext("A message that was not applied"),
            "transfer": gettext("A payout without an answer"),
        }
        return cls(thing, names[thing.kind], provider_choices([thing.provider])[0].name)
