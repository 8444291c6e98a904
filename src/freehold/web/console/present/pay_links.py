"""Pay links on the page of a booking."""

from __future__ import annotations

from typing import Any

from freehold.bookings.pay_links import SEND, missing_money
from freehold.core import clock
from freehold.payments.pay_links import links_of
from freehold.web.console.present.booking import DeskBooking
from freehold.web.site.present.pay_links import ShownLink


def pay_links_of(shown: DeskBooking) -> dict[str, Any]:
    """Who may not send links sees how they stand, and no address."""
    may_send = shown.desk.may(SEND)
    payable = missing_money(shown.booking, at=clock.now())
    links = [ShownLink(link) for link in links_of(shown.booking.folio_id)] if shown.desk.may("payments.view") else []
    return {
        "links": links,
        "may_send": may_send,
        "may_send_link": may_send and payable.is_positive,
        "payable": payable,
        "currency": shown.booking.currency,
    }
