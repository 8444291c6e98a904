"""Where a payee's money goes: one person says it, after a fresh proof, and another one confirms it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from freehold.core.errors import AccessDenied, BadInput, Conflict, NotFound
from freehold.finance.destinations import shape_of
from freehold.finance.policies import APPROVE, MAKE
from freehold.finance.services.set_destination import confirm_destination, retire_destination, set_destination
from freehold.ports.payment_gateway import DestinationShape
from freehold.web.console.forms_payees import PlaceAgainForm, PlaceForm
from freehold.web.console.frame import Desk, console_page
from freehold.web.console.present import payees as present
from freehold.web.console.proof import with_proof
from freehold.web.console.views.payees import own_payee, typed
from freehold.web.console.views.payouts import frame_of
from freehold.web.ui.pages import step_up

if TYPE_CHECKING:
    from freehold.finance.models import Payee, PayeeDestination


@require_GET
@console_page
def ways(request: HttpRequest, desk: Desk, payee_id: UUID) -> HttpResponse:
    """Every way to pay somebody."""
    found = own_payee(desk, payee_id, permission=MAKE)
    context = {**frame_of(desk), "payee": found, "ways": present.ways()}
    return render(request, "console/payee_places.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def add(request: HttpRequest, desk: Desk, payee_id: UUID, provider: str, shape: str) -> HttpResponse:
    found = own_payee(desk, payee_id, permission=MAKE)
    try:
        wanted = shape_of(provider, shape)
    except BadInput as unknown:
        raise NotFound from unknown
    return with_proof(request, lambda: _add(request, desk, found, provider, wanted))


@step_up
def _add(request: HttpRequest, desk: Desk, payee: Payee, provider: str, shape: DestinationShape) -> HttpResponse:
    form = PlaceForm(request.POST if request.method == "POST" else None, shape=shape)
    if form.is_valid():
        try:
            set_destination(
                actor=desk.actor, payee_id=payee.pk, provider=provider, shape=shape.name, values=form.values
            )
        except (BadInput, Conflict) as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, gettext("Sealed. Somebody else confirms it before money goes there."))
            return redirect("console:payee", payee.pk)
    return typed(
        request,
        desk,
        form,
        title=gettext("%(shape)s of %(name)s") % {"shape": shape.label, "name": payee.name},
        intro=gettext("It is kept sealed and shown masked. A second person has to confirm it."),
        button=gettext("Keep it"),
        back=(reverse("console:payee_places", args=[payee.pk]), gettext("Other ways")),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def confirm(request: HttpRequest, desk: Desk, payee_id: UUID, place_id: UUID) -> HttpResponse:
    """Whoever confirms it has its number from the payee, and types it: here nobody sees it."""
    found = own_payee(desk, payee_id, permission=APPROVE)
    place = _place_of(found, place_id)
    return with_proof(request, lambda: _confirm(request, desk, found, place))


@step_up
def _confirm(request: HttpRequest, desk: Desk, payee: Payee, place: PayeeDestination) -> HttpResponse:
    form = PlaceAgainForm(
        request.POST if request.method == "POST" else None, shape=shape_of(place.provider, place.shape)
    )
    if form.is_valid():
        try:
            confirm_destination(actor=desk.actor, destination_id=place.pk, values=form.values)
        except BadInput as refusal:
            form.refuse(refusal)
        except Conflict as refusal:
            messages.error(request, refusal.detail)
            return redirect("console:payee", payee.pk)
        except AccessDenied as refusal:
            if refusal.code != "own_work":
                raise
            messages.error(request, refusal.detail)
            return redirect("console:payee", payee.pk)
        else:
            messages.success(request, gettext("Confirmed. From now on money may go there."))
            return redirect("console:payee", payee.pk)
    return typed(
        request,
        desk,
        form,
        title=gettext("Is this where %(name)s is paid?") % {"name": payee.name},
        intro=_what_to_compare(form, place),
        button=gettext("Confirm"),
        payee=payee,
    )


def _what_to_compare(form: PlaceAgainForm, place: PayeeDestination) -> str:
    if not form.fields:
        return gettext("%(place)s. Ask the payee before you confirm it.") % {"place": place.hint}
    return gettext("%(place)s. Ask the payee for the whole number, and type it here.") % {"place": place.hint}


@require_POST
@console_page
def retire(request: HttpRequest, desk: Desk, payee_id: UUID, place_id: UUID) -> HttpResponse:
    _place_of(own_payee(desk, payee_id), place_id)
    retire_destination(actor=desk.actor, destination_id=place_id)
    messages.success(request, gettext("Retired: nothing more is approved to go there."))
    return redirect("console:payee", payee_id)


def _place_of(payee: Payee, place_id: UUID) -> PayeeDestination:
    """One that is in use. Raises NotFound."""
    place = next((each for each in payee.destinations.all() if each.pk == place_id), None)
    if place is None:
        raise NotFound
    return place
