"""Secrets and places for money are typed after a fresh proof of who types: a form that has to wait for one would be
kept in the session, with all that was typed.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from freehold.accounts.step_up import has_stepped_up


def is_proved(request: HttpRequest) -> bool:
    return has_stepped_up(user=request.user, session=request.session)


def with_proof(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """`view` asks for a proof itself where it shows its form; what was sent too late is asked for again."""
    if request.method == "POST" and not is_proved(request):
        return ask_again(request, redirect(request.path))
    return view()


def ask_again(request: HttpRequest, back: HttpResponse) -> HttpResponse:
    messages.warning(request, gettext("That took a while. Prove once more that it is you, and type it again, please."))
    return back
