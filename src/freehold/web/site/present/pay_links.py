"""Pay links in lists: of a trip, and of a booking at the desk."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from freehold.domain.money import Money
from freehold.domain.shares import LinkState
from freehold.payments.models import PayLink
from freehold.payments.pay_links import amount_of, came_by, state_of, url_of
from freehold.web.ui.status import Status


class ShownLink:
    """Reads one link that came with its money."""

    def __init__(self, link: PayLink) -> None:
        self.link = link
        self.state = state_of(link)

    @property
    def id(self) -> str:
        return str(self.link.pk)

    @property
    def label(self) -> str:
        return self.link.label

    @property
    def who(self) -> str:
        """The payer, as far as anybody has said who that is."""
        return " · ".join(part for part in (self.link.payer_name, self.link.payer_email) if part)

    @property
    def amount(self) -> Money:
        """What came by it, which may have been all that was missing; until then what it asks for."""
        return came_by(self.link) or amount_of(self.link)

    @property
    def expires_at(self) -> datetime:
        return self.link.expires_at

    @property
    def is_open(self) -> bool:
        return self.state is LinkState.OPEN

    @property
    def url(self) -> str:
        """To be copied; empty when it cannot be shown again."""
        return url_of(self.link) if self.is_open else ""

    @property
    def status(self) -> Status:
        return {
            LinkState.OPEN: Status(gettext("Not paid yet"), "warn"),
            LinkState.PAID: Status(gettext("Paid"), "good"),
            LinkState.RETURNED: Status(gettext("Paid, and returned"), "plain"),
            LinkState.REVOKED: Status(gettext("Taken back"), "plain"),
            LinkState.EXPIRED: Status(gettext("Not paid in time"), "plain"),
        }[self.state]
