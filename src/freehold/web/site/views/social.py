"""To Google or Apple, and back. What follows then is decided in accounts/social/adapter.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import structlog
from allauth.account.utils import get_login_redirect_url, get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.apple.views import apple_post_callback
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from freehold.accounts.social.adapter import STARTED_BY
from freehold.accounts.social.providers import AppleAdapter, GoogleAdapter, is_offered
from freehold.core.addresses import counted_ip
from freehold.core.errors import NotFound, TooManyRequests
from freehold.core.ratelimit import RateLimit, consume
from freehold.web.ui.pages import open_page

log = structlog.get_logger(__name__)

# Each costs a call to the provider later.
PER_ADDRESS = RateLimit(30, 60)

type View = Callable[[HttpRequest], HttpResponse]


@require_http_methods(["GET", "POST"])
@never_cache
@open_page
def sign_in(request: HttpRequest, provider: str) -> HttpResponse:
    """Sends a visitor there who pressed the button. A link alone sends nobody anywhere."""
    require_offered(provider)
    following = get_next_redirect_url(request)
    if request.user.is_authenticated:
        return redirect(following or get_login_redirect_url(request))
    if request.method != "POST":
        return redirect(reverse("account_login") + (f"?{urlencode({'next': following})}" if following else ""))
    return leave_for(request, provider, process=AuthProcess.LOGIN, following=following)


def leave_for(request: HttpRequest, provider: str, *, process: str, following: str | None) -> HttpResponse:
    """To the provider, whence the browser comes back with an answer to this session's question. Raises
    TooManyRequests."""
    _count(request, "social:leave")
    data = {STARTED_BY: str(request.user.pk)}
    library: Any = get_adapter(request).get_provider(request, provider)
    response: HttpResponse = library.redirect(request, process=process, next_url=following, data=data)
    return response


def _count(request: HttpRequest, scope: str) -> None:
    verdict = consume(scope=scope, identity=counted_ip(request), limit=PER_ADDRESS)
    if not verdict.allowed:
        raise TooManyRequests("That was too often. Try again later.", retry_after=verdict.retry_after or 1)


def require_offered(provider: str) -> None:
    if not is_offered(provider):
        raise NotFound


def _answered(provider: str, view: Callable[..., Any]) -> View:
    """What a provider (or somebody who would like to be one) sends may be anything: it is refused, never a fault."""

    @open_page
    def page(request: HttpRequest) -> HttpResponse:
        require_offered(provider)
        _count(request, "social:back")
        try:
            response: HttpResponse = view(request)
        except (KeyError, ValueError, TypeError, AttributeError) as problem:
            try:
                get_adapter(request).on_authentication_error(request, _Named(provider), exception=problem)
            except ImmediateHttpResponse as answer:
                return answer.response
            raise
        return response

    return never_cache(update_wrapper(page, view))


class _Named:
    def __init__(self, provider: str) -> None:
        self.id = provider


google_callback = _answered("google", OAuth2CallbackView.adapter_view(GoogleAdapter))
# Apple has the browser post its answer from a page of Apple's: that request brings no session, and is passed on.
apple_callback = csrf_exempt(_answered("apple", apple_post_callback))
apple_finish = _answered("apple", OAuth2CallbackView.adapter_view(AppleAdapter))
