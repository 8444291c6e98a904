"""Damage deposits in the words of the desk."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from freehold.bookings.deposits import asked_from, has_begun, renews_from, returns_at
from freehold.bookings.models import DamageDeposit
from freehold.core import clock
from freehold.domain.deposits import WANTED, DepositMethod, DepositState
from freehold.domain.money import Money
from freehold.web.ui import formats
from freehold.web.ui.status import Status

S = DepositState


def deposit_status(state: str) -> Status:
    return {
        S.PLANNED: Status(gettext("Not asked for yet"), "plain"),
        S.ASKED: Status(gettext("Asked for"), "warn"),
        S.HELD: Status(gettext("Held"), "good"),
        S.LAPSED: Status(gettext("Held no more"), "bad"),
        S.CLAIMED: Status(gettext("Being taken"), "warn"),
        S.KEPT: Status(gettext("Kept"), "plain"),
        S.RELEASED: Status(gettext("Released"), "plain"),
        S.WAIVED: Status(gettext("Done without"), "plain"),
        S.DROPPED: Status(gettext("Not left"), "plain"),
    }[S(state)]


class DeskDeposit:
    """Reads one deposit with its booking; asks the database nothing."""

    def __init__(self, deposit: DamageDeposit) -> None:
        self.deposit = deposit
        self.status = deposit_status(deposit.state)
        self.amount = Money(deposit.amount_minor, deposit.currency)
        self.claimed = Money(deposit.claimed_minor, deposit.currency)
        self.kept = Money(deposit.kept_minor, deposit.currency)
        self.reference = deposit.booking.reference
        self.time_zone = str(deposit.booking.terms["time_zone"])
        booker = deposit.booking.booker
        self.guest = booker.get_full_name() or booker.email or booker.phone or gettext("Guest")

    @property
    def may_release(self) -> bool:
        return self.deposit.state == S.HELD

    @property
    def may_claim(self) -> bool:
        return self.may_release and has_begun(self.deposit, at=clock.now())

    @property
    def may_waive(self) -> bool:
        return self.deposit.state in WANTED

    @property
    def lines(self) -> list[tuple[str, datetime]]:
        """What happens when."""
        deposit = self.deposit
        if deposit.state == S.PLANNED:
            return [(gettext("The guest is asked on"), asked_from(deposit))]
        if deposit.state != S.HELD:
            return []
        renewal = gettext("The guest is asked to leave it anew on")
        moments = [
            (gettext("The bank holds it until"), deposit.held_until),
            (renewal, renews_from(deposit)),
            (gettext("Goes back by itself on"), returns_at(deposit)),
        ]
        return [(text, at) for text, at in moments if at is not None]

    @property
    def how(self) -> str:
        """Where its money is."""
        is_charged = self.deposit.method == DepositMethod.CHARGE
        match self.deposit.state:
            case S.KEPT:
                amounts = {"kept": formats.money(self.kept), "back": formats.money(self.amount - self.kept)}
                if is_charged:
                    return gettext("%(kept)s kept, %(back)s returned.") % amounts
                return gettext("%(kept)s kept, %(back)s released.") % amounts
            case S.RELEASED if is_charged:
                return gettext("It was charged, and all of it goes back.")
            case S.RELEASED:
                return gettext("The guest's bank held it: no money has moved.")
            case S.HELD | S.CLAIMED if is_charged:
                return gettext("Charged: it is owed back.")
            case S.HELD | S.CLAIMED:
                return gettext("Held by the guest's bank: no money has moved.")
        return ""
