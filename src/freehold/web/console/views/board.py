"""The first page of the day: who asks, who comes, who goes, who is here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from freehold.bookings.desk import board_of_today
from freehold.core import clock
from freehold.domain.periods import time_zone
from freehold.web.console.frame import Desk, console_page
from freehold.web.console.present.booking import DeskBooking

# Where the rest of a section is listed that is longer than the board.
STATES = {"waiting": "requested", "arrivals": "confirmed", "departures": "in_house", "in-house": "in_house"}


@require_GET
@console_page
def today(request: HttpRequest, desk: Desk) -> HttpResponse:
    board = board_of_today(actor=desk.actor, company_id=desk.company.company_id)

    parts = [
        ("waiting", gettext("Waiting for your answer"), board.waiting, gettext("Nobody waits for an answer.")),
        ("arrivals", gettext("Arrivals"), board.arrivals, gettext("Nobody arrives today.")),
        ("departures", gettext("Departures"), board.departures, gettext("Nobody leaves today.")),
        ("in-house", gettext("In house"), board.in_house, gettext("Nobody else is here.")),
    ]
    sections = [
        {
            "slug": slug,
            "heading": heading,
            "bookings": [DeskBooking(booking, desk) for booking in part.bookings],
            "count": part.count,
            "nothing": nothing,
            "all": f"{reverse('console:bookings')}?status={STATES[slug]}",
        }
        for slug, heading, part, nothing in parts
    ]
    now = clock.now()
    context = {"desk": desk, "sections": sections, "today": now.astimezone(time_zone(desk.company.time_zone)).date()}
    return render(request, "console/today.html", context)
