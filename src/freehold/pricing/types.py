"""What other rooms see of prices. `PricedCart` goes to JSON and back without loss: quotes and bookings freeze it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from freehold.domain.cancellation import CancellationTerms, RefundPart, Tier, TimelineStep
from freehold.domain.capturing import CaptureWhen
from freehold.domain.deposits import DepositTerms
from freehold.domain.money import Money
from freehold.domain.occasions import Nights, Occasion, Slot, UntilCancelled, When
from freehold.domain.party import Party
from freehold.domain.pricing import PriceLine


@dataclass(frozen=True, slots=True)
class ItemRequest:
    """One listing, when it is wanted, and for whom. `unit_id`: this very unit of its type, at the same price."""

    listing_id: UUID
    when: When
    party: Party
    unit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PricedItem:
    """One listing with its price. `check_in` and `check_out` are the place's dates of the period; what lasts until
    cancelled has no `check_out`, and ends FOREVER. `quantity`: so many units of the listing's type are taken.
    `nightly` is for display: the average night, zero where nights are not what is sold. `nights` is what each night was
    promised for, in their order (none where nights are not what is sold, or nobody wrote it down).
    """

    listing_id: UUID
    property_id: UUID
    company_id: UUID
    title: str
    occasion: Occasion
    check_in: date
    check_out: date | None
    starts_at: datetime
    ends_at: datetime
    quantity: int
    party: Party
    lines: tuple[PriceLine, ...]
    subtotal: Money
    taxes: Money
    cleaning_fee: Money
    nightly: Money
    total: Money
    due_now: Money
    cancellation: CancellationTerms
    nights: tuple[Money, ...] = ()

    @property
    def when(self) -> When:
        """The wish that this is the price of."""
        return when_of(self.occasion, self.check_in, self.check_out, self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class PricedCart:
    """Everything that is promised about a price, of one company and in one currency.

    `lines` are those of all items. `due_now` is what confirms the booking. Refund steps assume that all is paid. The
    damage deposit is no part of the total: nobody pays it unless something breaks.
    """

    company_id: UUID
    currency: str
    items: tuple[PricedItem, ...]
    lines: tuple[PriceLine, ...]
    total: Money
    due_now: Money
    payment_terms: str
    refund_timeline: tuple[TimelineStep, ...]
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    damage_deposit: DepositTerms | None = None
    capture: CaptureWhen = CaptureWhen.AT_ONCE

    @property
    def policy_name(self) -> str:
        """The name of the cancellation policy, or of all of them."""
        return ", ".join(dict.fromkeys(item.cancellation.policy_name for item in self.items))

    def refund_parts(self) -> tuple[RefundPart, ...]:
        """The items as `domain.cancellation` takes them."""
        return tuple(
            RefundPart(item.cancellation, item.total, item.cleaning_fee, item.starts_at) for item in self.items
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "company_id": str(self.company_id),
            "currency": self.currency,
            "items": [_item_to_json(item) for item in self.items],
            "total": self.total.minor,
            "due_now": self.due_now.minor,
            "payment_terms": self.payment_terms,
            "refund_timeline": [
                {"until": step.until.isoformat() if step.until else None, "refund": step.refund.minor}
                for step in self.refund_timeline
            ],
            "time_zone": self.time_zone,
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "damage_deposit": _deposit_to_json(self.damage_deposit),
            "capture": self.capture.value,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "PricedCart":
        currency = data["currency"]
        items = tuple(_item_from_json(item, currency) for item in data["items"])
        return cls(
            company_id=UUID(data["company_id"]),
            currency=currency,
            items=items,
            lines=tuple(line for item in items for line in item.lines),
            total=Money(data["total"], currency),
            due_now=Money(data["due_now"], currency),
            payment_terms=data["payment_terms"],
            refund_timeline=tuple(
                TimelineStep(
                    datetime.fromisoformat(step["until"]) if step["until"] else None, Money(step["refund"], currency)
                )
                for step in data["refund_timeline"]
            ),
            time_zone=data["time_zone"],
            starts_at=datetime.fromisoformat(data["starts_at"]),
            ends_at=datetime.fromisoformat(data["ends_at"]),
            # What was promised before there were deposits has none.
            damage_deposit=deposit_from_json(data.get("damage_deposit"), currency),
            capture=CaptureWhen(data.get("capture", CaptureWhen.AT_ONCE)),
        )


def _deposit_to_json(terms: DepositTerms | None) -> dict[str, int] | None:
    if terms is None:
        return None
    return {"amount": terms.amount.minor, "ask_days": terms.ask_days, "return_days": terms.return_days}


def deposit_from_json(data: Mapping[str, Any] | None, currency: str) -> DepositTerms | None:
    """The damage deposit of frozen terms; None where none was agreed."""
    if data is None:
        return None
    return DepositTerms(Money(data["amount"], currency), data["ask_days"], data["return_days"])


def when_of(
    occasion: Occasion | str, check_in: date, check_out: date | None, starts_at: datetime, ends_at: datetime
) -> When:
    """The wish behind what was stored of it."""
    match Occasion(occasion):
        case Occasion.SLOT:
            return Slot(starts_at, ends_at)
        case Occasion.NIGHTS if check_out is not None:
            return Nights(check_in, check_out)
    return UntilCancelled()


def cancellation_terms(policy_name: str, tiers: Any) -> CancellationTerms:
    """Terms out of `[{"hours_before", "basis_points"}, ...]`."""
    return CancellationTerms(
        tiers=tuple(Tier(tier["hours_before"], tier["basis_points"]) for tier in tiers), policy_name=policy_name
    )


def _item_to_json(item: PricedItem) -> dict[str, Any]:
    return {
        "listing_id": str(item.listing_id),
        "property_id": str(item.property_id),
        "company_id": str(item.company_id),
        "title": item.title,
        "occasion": item.occasion.value,
        "check_in": item.check_in.isoformat(),
        "check_out": item.check_out.isoformat() if item.check_out else None,
        "starts_at": item.starts_at.isoformat(),
        "ends_at": item.ends_at.isoformat(),
        "quantity": item.quantity,
        "party": item.party.to_json(),
        "lines": [_line_to_json(line) for line in item.lines],
        "subtotal": item.subtotal.minor,
        "taxes": item.taxes.minor,
        "cleaning_fee": item.cleaning_fee.minor,
        "nightly": item.nightly.minor,
        "total": item.total.minor,
        "due_now": item.due_now.minor,
        "cancellation": {
            "policy_name": item.cancellation.policy_name,
            "tiers": [
                {"hours_before": tier.hours_before, "basis_points": tier.basis_points}
                for tier in item.cancellation.tiers
            ],
        },
        "nights": [night.minor for night in item.nights],
    }


def _item_from_json(data: Mapping[str, Any], currency: str) -> PricedItem:
    return PricedItem(
        listing_id=UUID(data["listing_id"]),
        property_id=UUID(data["property_id"]),
        company_id=UUID(data["company_id"]),
        title=data["title"],
        # What was promised before there were other occasions is nights in one unit.
        occasion=Occasion(data.get("occasion", Occasion.NIGHTS)),
        check_in=date.fromisoformat(data["check_in"]),
        check_out=date.fromisoformat(data["check_out"]) if data["check_out"] else None,
        starts_at=datetime.fromisoformat(data["starts_at"]),
        ends_at=datetime.fromisoformat(data["ends_at"]),
        quantity=data.get("quantity", 1),
        party=Party.from_json(data["party"]),
        lines=tuple(_line_from_json(line, currency) for line in data["lines"]),
        subtotal=Money(data["subtotal"], currency),
        taxes=Money(data["taxes"], currency),
        cleaning_fee=Money(data["cleaning_fee"], currency),
        nightly=Money(data["nightly"], currency),
        total=Money(data["total"], currency),
        due_now=Money(data["due_now"], currency),
        cancellation=cancellation_terms(data["cancellation"]["policy_name"], data["cancellation"]["tiers"]),
        nights=tuple(Money(minor, currency) for minor in data.get("nights", ())),
    )


def _line_to_json(line: PriceLine) -> dict[str, Any]:
    return {
        "code": line.code,
        "label": line.label,
        "rule": line.rule,
        "quantity": line.quantity,
        "unit_amount": line.unit_amount.minor,
        "amount": line.amount.minor,
    }


def _line_from_json(data: Mapping[str, Any], currency: str) -> PriceLine:
    return PriceLine(
        code=data["code"],
        label=data["label"],
        rule=data["rule"],
        quantity=data.get("quantity", 1),
        unit_amount=Money(data["unit_amount"], currency),
        amount=Money(data["amount"], currency),
    )
