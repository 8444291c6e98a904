"""A damage deposit in the guest's words."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext

from freehold.bookings.deposits import asked_from, left_from, may_be_left, renews_from, returns_at
from freehold.bookings.models import DamageDeposit
from freehold.core import clock
from freehold.domain.deposits import DepositMethod, DepositState
from freehold.domain.money import Money
from freehold.domain.periods import time_zone
from freehold.web.ui import formats
from freehold.web.ui.status import Status

S = DepositState


class TripDeposit:
    """Reads one deposit with its booking; asks the database nothing."""

    def __init__(self, deposit: DamageDeposit) -> None:
        self.deposit = deposit
        self.amount = Money(deposit.amount_minor, deposit.currency)
        self.is_held = deposit.state == S.HELD
        self.may_be_left = may_be_left(deposit, at=clock.now())
        self.url = reverse("site:deposit", args=[deposit.booking.reference])

    @property
    def status(self) -> Status:
        return {
            S.PLANNED: Status(gettext("To be left before you arrive"), "plain"),
            S.ASKED: Status(gettext("To be left now"), "warn"),
            S.HELD: Status(gettext("Left"), "good"),
            S.LAPSED: Status(gettext("To be left once more"), "warn"),
            S.CLAIMED: Status(gettext("A part is kept"), "warn"),
            S.KEPT: Status(gettext("A part was kept"), "plain"),
            S.RELEASED: Status(gettext("Released"), "good"),
            S.WAIVED: Status(gettext("Not needed"), "plain"),
            S.DROPPED: Status(gettext("Not needed any more"), "plain"),
        }[S(self.deposit.state)]

    @property
    def words(self) -> str:
        """What it means now."""
        deposit = self.deposit
        if deposit.state in (S.CLAIMED, S.KEPT):
            kept = formats.money(Money(deposit.claimed_minor, deposit.currency))
            text = gettext("Your host keeps %(kept)s: %(reason)s. The rest goes back to you.")
            return text % {"kept": kept, "reason": deposit.claim_reason}
        if deposit.state == S.HELD and deposit.method == DepositMethod.AUTHORIZATION:
            return gettext("Your bank holds it. Nothing is taken unless something breaks.")
        if deposit.state == S.HELD:
            return gettext("It was charged, and goes back after your stay.")
        if deposit.state in (S.PLANNED, S.ASKED, S.LAPSED):
            return gettext("Cards are only held. Other ways to pay are charged, and returned after your stay.")
        return ""

    def thanks(self, zone: str) -> str:
        """To who has just left it; promises nothing that the bank will not do."""
        if self.runs_out_at is None:
            return gettext("Thank you: the deposit is left. It goes back by itself after your stay.")
        day = formats.day_full(self.runs_out_at.astimezone(time_zone(zone)).date())
        text = gettext(
            "Thank you: the deposit is left. Your bank holds it until %(day)s. Before that we have it held anew, "
            "or ask you again."
        )
        return text % {"day": day}

    @property
    def asked_from(self) -> datetime | None:
        return asked_from(self.deposit) if self.deposit.state == S.PLANNED else None

    @property
    def left_from(self) -> datetime | None:
        """When it may be left, while that is to come."""
        return left_from(self.deposit) if self.asked_from and not self.may_be_left else None

    @property
    def runs_out_at(self) -> datetime | None:
        """When the bank lets it go, where that is before it is to go back."""
        return self.deposit.held_until if renews_from(self.deposit) else None

    @property
    def returns_at(self) -> datetime | None:
        return returns_at(self.deposit) if self.is_held and not self.runs_out_at else None
