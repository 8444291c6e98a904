"""How a page answers when a room refuses: the right status, plain words, a reference where there is one."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Concatenate
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from freehold.accounts.step_up import SIGN_IN, has_stepped_up, methods_of
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, FreeholdError, NotFound
from freehold.core.ids import uuid7
from freehold.domain.errors import DomainError

log = structlog.get_logger(__name__)

type View[**P] = Callable[Concatenate[HttpRequest, P], HttpResponse]


def actor_of(request: HttpRequest) -> Actor:
    return Actor.of(request.user)


def wants_part(request: HttpRequest) -> bool:
    """Whether the page's script asks for one part of the page instead of all of it."""
    return "HX-Request" in request.headers


def brought_back(request: HttpRequest) -> dict[str, str]:
    """What a provider's page or script gave the browser to bring to us."""
    brought = {**request.GET.dict(), **request.POST.dict()}
    brought.pop("csrfmiddlewaretoken", None)
    return {name: str(value) for name, value in brought.items()}


def see_other(to: str, *args: Any) -> HttpResponse:
    """To a page that is read, after something was done: a browser that comes back does not do it again."""
    response = redirect(to, *args)
    response.status_code = 303
    return response


def guest_page[**P](view: View[P]) -> View[P]:
    """For pages of a signed-in guest. Anonymous visitors sign in first and come back; refusals become pages."""

    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        response = _run(view, request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response

    return update_wrapper(page, view)


def open_page[**P](view: View[P]) -> View[P]:
    """For pages that everybody may see."""

    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return _run(view, request, *args, **kwargs)

    return update_wrapper(page, view)


def step_up[**P](view: View[P]) -> View[P]:
    """For what is sensitive: who has not proved it within five minutes does so first, and the request goes on then.

    Who has neither password nor second factor proves it by signing in again, and comes back to the page.
    """

    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if has_stepped_up(user=request.user, session=request.session):
            return view(request, *args, **kwargs)
        if methods_of(request.user) == [SIGN_IN]:
            return _sign_in_again(request)
        # The account library keeps the request, asks, and comes back with it.
        raise ReauthenticationRequired

    return update_wrapper(page, view)


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    # A button's own address may answer no GET: the page on which it stood does.
    page = urlsplit(request.headers.get("Referer", ""))
    is_ours = request.method == "POST" and page.netloc == request.get_host()
    following = page.path if is_ours else request.get_full_path()
    get_adapter(request).logout(request)
    messages.info(request, gettext("This needs a fresh proof that it is you. Sign in once more."))
    return redirect_to_login(following)


def _run(view: Callable[..., HttpResponse], request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except NotFound:
        return not_found(request)
    except AccessDenied as refusal:
        return error_page(request, 403, gettext("This is not yours to see"), refusal.detail)
    except FreeholdError as refusal:
        return refused(request, refusal)
    except DomainError as problem:
        return error_page(request, 400, gettext("That does not fit"), problem.detail)


def refused(request: HttpRequest, refusal: FreeholdError) -> HttpResponse:
    headings = {
        409: gettext("That is not possible any more"),
        429: gettext("A little slower, please"),
        503: gettext("One moment, please"),
    }
    heading = headings.get(refusal.status, gettext("That does not fit"))
    response = error_page(request, refusal.status, heading, refusal.detail, retry=refusal.status in {429, 503})
    if (seconds := getattr(refusal, "retry_after", None)) is not None:
        response["Retry-After"] = str(seconds)
    return response


def error_page(
    request: HttpRequest,
    status: int,
    heading: str,
    text: str,
    *,
    retry: bool = False,
    reference: str = "",
    back: str = "",
) -> HttpResponse:
    """`back`: the address of a page on which the person can go on, if that is not the start page."""
    context = {"heading": heading, "text": text, "retry": retry, "reference": reference, "back": back}
    return render(request, "ui/error_page.html", context, status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    text = gettext("The link may be old, or the page belongs to somebody else. Look for the place by its city instead.")
    return error_page(request, 404, gettext("This page is not here"), text)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    text = gettext("Your browser sent something that we cannot read. Go back and try it once more.")
    return error_page(request, 400, gettext("That did not arrive well"), text)


def access_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(
        request, 403, gettext("This is not yours to see"), gettext("Your account may not open this page.")
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    text = gettext("The page was open for a long time, or cookies are switched off. Go back, reload it and try again.")
    return error_page(request, 403, gettext("This form has gone stale"), text, retry=True)


def server_error(request: HttpRequest) -> HttpResponse:
    """The last resort: the page itself may be what is broken, so it asks the database for nothing."""
    reference = str(uuid7())
    log.error("unexpected_error", reference=reference, path=request.path)
    text = gettext("We have written it down. Nothing was charged and nothing is lost; please try again in a moment.")
    return error_page(request, 500, gettext("Something broke on our side"), text, retry=True, reference=reference)
