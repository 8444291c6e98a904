"""The test clock, in demonstrations and development: look at Freehold's time, and move it on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from freehold.core import clock, outside
from freehold.core.errors import BadInput
from freehold.core.test_clock import move_clock
from freehold.ports.messenger import CapturedMessage
from freehold.reports.upcoming import Happening, Upcoming, upcoming
from freehold.web.ui.pages import open_page

STEPS = (timedelta(minutes=16), timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=30))
LATEST = 5


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@open_page
def test_clock(request: HttpRequest) -> HttpResponse:
    problem = ""
    if request.method == "POST":
        try:
            move_clock(by=_step(request.POST.dict()))
        except BadInput as refusal:
            problem = refusal.detail
        else:
            messages.success(request, gettext("Time has moved on. What was due has been done."))
            return redirect("test_clock")
    context = {
        "now": clock.database_now(),
        "offset": clock.offset(),
        "steps": [(int(step.total_seconds()), _words(step)) for step in STEPS],
        "moments": [_moment(each) for each in upcoming()],
        "captured": _latest_messages(),
        "problem": problem,
    }
    return render(request, "site/clock.html", context, status=422 if problem else 200)


def _latest_messages() -> list[CapturedMessage]:
    """What people were told last; nothing where messages really leave."""
    box = outside.mailbox()
    return box.messages(LATEST) if box else []


# A browser sends JSON to another site only after asking it, which nobody answers here: no token is needed.
@csrf_exempt
@require_http_methods(["GET", "POST"])
@never_cache
def test_clock_json(request: HttpRequest) -> JsonResponse:
    """`{"now", "offset_seconds", "upcoming"}`; POST `{"by": seconds}` or `{"to": instant}` moves it first."""
    try:
        if request.method == "POST":
            move_clock(by=_step(_body(request)))
    except BadInput as refusal:
        return JsonResponse(refusal.to_json(), status=refusal.status)
    moments = [
        {"at": each.at.isoformat(), "happens": each.happens.value, "reference": each.reference} for each in upcoming()
    ]
    now = clock.database_now().isoformat()
    return JsonResponse({"now": now, "offset_seconds": int(clock.offset().total_seconds()), "upcoming": moments})


def _body(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise BadInput("Send JSON.", code="not_json")
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise BadInput('Send {"by": seconds} or {"to": instant}.', code="not_json")
    return body


def _step(given: dict[str, Any]) -> timedelta:
    """How far to go: `by` in seconds, or `to` an instant (ISO 8601; UTC when it names no zone)."""
    if given.get("to"):
        try:
            moment = datetime.fromisoformat(str(given["to"]))
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return moment - clock.database_now()
        except (ValueError, OverflowError):
            raise BadInput("This is no instant.", attr="to") from None
    try:
        return timedelta(seconds=int(given.get("by", "")))
    except (ValueError, TypeError, OverflowError):
        raise BadInput("Give a number of seconds.", attr="by") from None


def _words(step: timedelta) -> str:
    if step >= timedelta(days=1):
        return gettext("%(count)s days") % {"count": step.days} if step.days > 1 else gettext("1 day")
    minutes = int(step.total_seconds() // 60)
    return gettext("1 hour") if minutes == 60 else gettext("%(count)s minutes") % {"count": minutes}


def _moment(each: Upcoming) -> dict[str, Any]:
    words = {
        Happening.REQUEST_LAPSES: gettext("The request lapses"),
        Happening.HOLD_EXPIRES: gettext("The hold expires"),
        Happening.REFUND_SHRINKS: gettext("Cancelling gives back less from here on"),
        Happening.BALANCE_REMINDER: gettext("The guest is reminded of what is owed"),
        Happening.ARRIVAL_REMINDER: gettext("The guest is reminded of the arrival"),
        Happening.ARRIVAL: gettext("Arrival"),
        Happening.DEPARTURE: gettext("Departure"),
    }
    # A second later it has happened.
    return {
        "at": each.at,
        "words": words[each.happens],
        "reference": each.reference,
        "to": (each.at + timedelta(seconds=1)).isoformat(),
    }
