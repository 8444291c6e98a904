"""Signing in for programs: allauth decides (identifier, password, limits, further steps), tokens are the answer."""

from collections.abc import Iterator
from contextlib import contextmanager

import orjson
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.base.response import AuthenticationResponse
from allauth.headless.constants import Client
from allauth.headless.internal.decorators import mark_request_as_headless
from allauth.headless.internal.sessionkit import new_session
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from freehold.accounts.adapter import TooManyAttempts
from freehold.accounts.forms import LoginForm
from freehold.accounts.tokens import TokenPair
from freehold.core.errors import FreeholdError, TooManyRequests


class SignInRefused(FreeholdError):
    """Nobody is signed in by this. The answer is the same for an unknown person and a wrong password."""

    status = 401
    default_code = "invalid_credentials"


def sign_in(*, request: HttpRequest, identifier: str, password: str) -> TokenPair:
    """Signs in with e-mail, username or phone number in a session of its own, and returns its tokens.

    Raises SignInRefused, and TooManyRequests after too many failures. When allauth asks for a further step (a
    second factor), the refusal's code is "further_step_required" and `step` names it.
    """
    with _own_session(request):
        form = LoginForm({"login": identifier, "password": password}, request=request)
        if not form.is_valid():
            raise _refusal(form)
        try:
            outcome: HttpResponse | None = form.login(request)
        except ImmediateHttpResponse as early:
            outcome = early.response
        answer = orjson.loads(AuthenticationResponse.from_response(request, outcome).content)
        if not request.user.is_authenticated:
            raise _unfinished(answer)
        return TokenPair(access=answer["meta"]["access"], refresh=answer["meta"]["refresh"])


@contextmanager
def _own_session(request: HttpRequest) -> Iterator[None]:
    """Runs allauth for a program: in a new session, whatever cookies and tokens the request carries."""
    browser_user, browser_session = request.user, request.session
    mark_request_as_headless(request, Client.APP)
    request.session = new_session()
    request.user = AnonymousUser()
    request.allauth.headless._pre_user = request.user  # type: ignore[attr-defined]
    try:
        yield
    finally:
        if request.session.modified and not request.session.is_empty():
            request.session.save()
        request.user, request.session = browser_user, browser_session
        # Signing in rotated the cookie of a browser that is not there.
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False


def _refusal(form: LoginForm) -> FreeholdError:
    for problems in form.errors.as_data().values():
        for problem in problems:
            if isinstance(problem, TooManyAttempts):
                return TooManyRequests("Too many failed attempts. Try again later.", retry_after=problem.retry_after)
    return SignInRefused("No account has this identifier and password.")


def _unfinished(answer: dict[str, dict[str, list[dict[str, str]]]]) -> SignInRefused:
    for flow in answer["data"]["flows"]:
        if flow.get("is_pending"):
            return SignInRefused(
                "A further step is needed to sign in.", code="further_step_required", extra={"step": flow["id"]}
            )
    return SignInRefused("This account is closed.", code="account_inactive")
