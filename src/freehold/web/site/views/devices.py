"""Where I am signed in: the list, and signing one or all others out after a look."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from freehold.accounts.devices import device_of, devices_of
from freehold.accounts.models import User
from freehold.accounts.services.end_device import end_device, end_other_devices
from freehold.accounts.tokens import session_key_for
from freehold.web.ui.pages import actor_of, guest_page


@require_GET
@guest_page
def devices(request: HttpRequest) -> HttpResponse:
    found = devices_of(user=_user(request), current_key=session_key_for(request, None))
    others = [device for device in found if not device.is_current]
    return render(request, "site/devices.html", {"devices": found, "others": others})


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def end(request: HttpRequest, device_id: int) -> HttpResponse:
    device = device_of(user=_user(request), device_id=device_id, current_key=session_key_for(request, None))
    if device.is_current:
        messages.info(request, gettext("This is the device that you are using. Sign out in the menu."))
        return redirect("site:devices")
    if request.method == "POST":
        end_device(actor=actor_of(request), device_id=device_id)
        messages.success(request, gettext("%(name)s is signed out.") % {"name": device.name})
        return redirect("site:devices")
    return render(request, "site/device_end.html", {"device": device})


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def end_others(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        ended = end_other_devices(actor=actor_of(request), current_key=session_key_for(request, None))
        text = ngettext("%(count)s device is signed out.", "%(count)s devices are signed out.", ended)
        messages.success(request, text % {"count": ended})
        return redirect("site:devices")
    return render(request, "site/device_end.html", {"device": None})


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
