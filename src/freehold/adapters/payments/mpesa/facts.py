"""What this adapter remembers about a payment, in the `extra` of its reference: text by name.

M-Pesa's query for a push names neither amount nor receipt, so that both have to come from somewhere else:

1. A callback is never believed alone. It is a reason to query, and money is only what the query calls successful.
2. When the query says so and the callback told exactly the amount that we asked, its receipt is taken.
3. Without a callback, or when it told another amount, M-Pesa is asked for the transaction's status. The answer comes to
   an address of its own and counts as it is, whatever amount it tells; until then the payment is `processing`.

A push is one charge at most, and its receipt is the charge's id: a C2B confirmation of the same money has it too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.ports.payment_gateway import Charge, ErrorKind, NextAction, PaymentSnapshot, ProviderRef

CURRENCY = "KES"
NOTHING_TO_DO = NextAction("none")


@dataclass(frozen=True, slots=True)
class Facts:
    """All text. Amounts in minor units. `heard…` is what an unverified callback told, under names of its own, so that
    it never takes the place of what we know; `paid` and `paid_at` stand only after rule 2 or 3."""

    asked: str = ""
    phone: str = ""
    our_id: str = ""
    notify_url: str = ""
    conversation: str = ""  # MerchantRequestID
    heard: str = ""  # the amount
    heard_receipt: str = ""
    heard_at: str = ""
    heard_phone: str = ""
    heard_conversation: str = ""
    status_asked_at: str = ""  # for rule 3: an answer takes seconds, and pages ask every few
    paid: str = ""
    paid_at: str = ""

    @classmethod
    def of(cls, ref: ProviderRef) -> "Facts":
        return cls(**{field.name: ref.extra.get(field.name, "") for field in fields(cls)})

    def extra(self) -> Mapping[str, str]:
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name))}


def money(minor: str) -> Money | None:
    return Money(int(minor), CURRENCY) if minor.isascii() and minor.isdigit() else None


def snapshot(
    object_id: str,
    receipt: str | None,
    facts: Facts,
    state: PaymentState,
    *,
    next_action: NextAction = NOTHING_TO_DO,
    error_code: str | None = None,
    error_kind: ErrorKind | None = None,
    raw: Mapping[str, object] | None = None,
) -> PaymentSnapshot:
    """The whole of one push. Charges only when it is paid."""
    paid = money(facts.paid) if state is PaymentState.PAID else None
    at = datetime.fromisoformat(facts.paid_at) if facts.paid_at else datetime.now(UTC)
    charges = (Charge(receipt, paid, at),) if paid is not None and receipt else ()
    return PaymentSnapshot(
        ref=ProviderRef(object_id, receipt if charges else None, facts.extra()),
        state=state,
        amount=money(facts.asked),
        received=paid or Money.zero(CURRENCY),
        charges=charges,
        next_action=next_action,
        error_code=error_code,
        error_kind=error_kind,
        occurred_at=at if charges else None,
        raw=raw or {},
    )
