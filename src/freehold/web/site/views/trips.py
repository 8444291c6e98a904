"""My trips: the list, one trip, its calendar file, and cancelling with the refund in sight."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from freehold.bookings.deposits import deposit_of
from freehold.bookings.reductions import find_note, notes_of
from freehold.bookings.selectors import trips as trips_of
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.preview_refund import preview_refund
from freehold.core import clock
from freehold.core.errors import Conflict, NotFound
from freehold.domain.money import Money
from freehold.messaging.calendar import booking_calendar
from freehold.web.site.present.credit_notes import ShownNote
from freehold.web.site.present.deposit import TripDeposit
from freehold.web.site.present.stay import Stay
from freehold.web.site.present.story import others_paid
from freehold.web.ui import formats
from freehold.web.ui.pages import actor_of, guest_page
from freehold.web.ui.paging import page_of

TRIPS_PER_PAGE = 20


def find_stay(request: HttpRequest, reference: str) -> Stay:
    booking = trips_of(user=request.user).filter(reference=reference.upper()).first()
    if booking is None:
        raise NotFound
    return Stay(booking)


@require_GET
@guest_page
def trips(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    page = page_of(request, trips_of(user=request.user), size=TRIPS_PER_PAGE)
    pages = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    stays = [Stay(booking) for booking in page.object_list]
    upcoming = sorted((stay for stay in stays if not stay.is_past(now)), key=lambda stay: stay.booking.starts_at)
    past = [stay for stay in stays if stay.is_past(now)]
    return render(request, "site/trips.html", {"upcoming": upcoming, "past": past, "page": page, "pages": pages})


@require_GET
@guest_page
def trip(request: HttpRequest, reference: str) -> HttpResponse:
    stay = find_stay(request, reference)
    found = deposit_of(stay.booking)
    shown = {
        "deposit": TripDeposit(found) if found is not None else None,
        "notes": [ShownNote(note) for note in notes_of(stay.booking)],
    }
    return render(request, "site/trip.html", {**stay_context(stay), **shown})


@require_GET
@guest_page
def credit_note(request: HttpRequest, reference: str, number: str) -> HttpResponse:
    stay = find_stay(request, reference)
    booker = stay.booking.booker
    context = {
        "section": "trips",
        "booking": stay,
        "booker": booker.get_full_name() or booker.email or booker.phone,
        "note": ShownNote(find_note(stay.booking, number)),
        "back_url": reverse("site:trip", args=[stay.reference]),
    }
    return render(request, "site/credit_note.html", context)


@require_GET
@guest_page
def confirmed(request: HttpRequest, reference: str) -> HttpResponse:
    stay = find_stay(request, reference)
    if not stay.is_confirmed:
        return redirect("site:trip", stay.reference)
    context = {**stay_context(stay), "others_paid": others_paid(stay.booking)}
    return render(request, "site/confirmed.html", context)


@require_GET
@guest_page
def calendar_file(request: HttpRequest, reference: str) -> HttpResponse:
    stay = find_stay(request, reference)
    if not stay.is_confirmed:
        raise NotFound
    response = HttpResponse(
        booking_calendar(
            stay.booking,
            url=request.build_absolute_uri(reverse("site:trip", args=[stay.reference])),
            stamp=clock.now(),
        ),
        content_type="text/calendar; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="{stay.reference}.ics"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def cancel(request: HttpRequest, reference: str) -> HttpResponse:
    stay = find_stay(request, reference)
    if not stay.may_cancel:
        messages.info(request, gettext("This trip cannot be cancelled any more."))
        return redirect("site:trip", stay.reference)
    preview = preview_refund(actor=actor_of(request), booking_id=stay.id)
    # What the button promised must still be true: a tier may have passed while the page was open.
    if request.method == "POST" and request.POST.get("expected_refund") == preview.refund.amount_text():
        return _cancel(request, stay, preview.refund)
    if request.method == "POST":
        messages.warning(request, gettext("The refund has changed while this page was open. Please look again."))
    context = {**stay_context(stay), "preview": preview, "others_paid": others_paid(stay.booking)}
    return render(request, "site/cancel.html", context)


def _cancel(request: HttpRequest, stay: Stay, promised: Money) -> HttpResponse:
    try:
        cancel_booking(actor=actor_of(request), booking_id=stay.id, expected_refund=promised)
    except Conflict as refusal:
        messages.error(request, refusal.detail)
        return redirect("site:trip", stay.reference)
    text = gettext("Your request is withdrawn.") if stay.is_requested else gettext("Your trip is cancelled.")
    if stay.paid.minor:
        text = gettext("Your trip is cancelled. You get %(amount)s back.") % {"amount": formats.money(promised)}
    messages.success(request, text)
    return redirect("site:trip", stay.reference)


def stay_context(stay: Stay) -> dict[str, object]:
    now = clock.now()
    return {"booking": stay, "city": stay.city, "now": now, "refund_steps": stay.refund_steps(now)}
