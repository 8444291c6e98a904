"""Payees in the words of the desk: where they are paid, who has said so, and what an owner's account shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext

from freehold.domain.ledger import Account
from freehold.domain.money import Money
from freehold.finance.destinations import all_shapes
from freehold.web.ui.status import Status

if TYPE_CHECKING:
    from freehold.finance.models import JournalEntry, Payee, PayeeDestination
    from freehold.ports.payment_gateway import DestinationShape


def kind_name(kind: str) -> str:
    return {"owner": gettext("Owner"), "supplier": gettext("Supplier"), "staff": gettext("Staff")}[kind]


class DeskPayee:
    """Reads one payee with the places that are prefetched; asks the database nothing."""

    def __init__(self, payee: Payee, person: UUID | None = None) -> None:
        self.payee = payee
        self.kind = kind_name(payee.kind)
        self.is_owner = payee.kind == "owner"
        ways = {slug: label for slug, (label, _shapes) in all_shapes().items()}
        self.places = [DeskPlace(place, ways.get(place.provider, place.provider), person) for place in _places(payee)]

    @property
    def status(self) -> Status:
        if not self.payee.is_active:
            return Status(gettext("Switched off"), "plain")
        if not self.places:
            return Status(gettext("Cannot be paid yet"), "warn")
        if not all(place.is_confirmed for place in self.places):
            return Status(gettext("To be confirmed"), "warn")
        return Status(gettext("In use"), "good")


class DeskPlace:
    def __init__(self, place: PayeeDestination, way: str, person: UUID | None) -> None:
        self.place = place
        self.way = way
        self.is_confirmed = place.confirmed_at is not None
        self.is_mine = place.set_by_id == person
        self.status = (
            Status(gettext("Confirmed"), "good") if self.is_confirmed else Status(gettext("To be confirmed"), "warn")
        )


def _places(payee: Payee) -> list[PayeeDestination]:
    return list(payee.destinations.all())


@dataclass(frozen=True, slots=True)
class Way:
    """One provider or hand, and the places where it brings money."""

    slug: str
    name: str
    shapes: tuple[DestinationShape, ...]


def ways() -> list[Way]:
    return [Way(slug, label, shapes) for slug, (label, shapes) in all_shapes().items()]


@dataclass(frozen=True, slots=True)
class OwnerLine:
    """One entry on an owner's account: what the owner is due more, or less."""

    at: datetime
    what: str
    memo: str
    change: Money


def owner_line(entry: JournalEntry) -> OwnerLine:
    """`postings` are prefetched with their accounts."""
    mine = [posting for posting in entry.postings.all() if posting.account.code == Account.OWNER_PAYABLE]
    change = Money(-sum(posting.amount_minor for posting in mine), mine[0].currency)
    names = {
        "owner_credited": gettext("Due more"),
        "owner_charged": gettext("Due less"),
        "owner_paid": gettext("Paid out"),
        "owner_payout_returned": gettext("A payout came back"),
    }
    return OwnerLine(entry.occurred_at, names.get(entry.kind, entry.kind.replace("_", " ")), entry.memo, change)
