"""Signing in for programs: allauth decides (identifier, password, limits, further steps), tokens are the answer."""

from typing import Any

import orjson
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.base.response import AuthenticationResponse
from django.http import HttpRequest, HttpResponse

from freehold.accounts.adapter import TooManyAttempts
from freehold.accounts.forms import LoginForm
from freehold.accounts.own_session import fresh_session, pending_token
from freehold.accounts.tokens import TokenPair, live_as_refresh_token
from freehold.core.errors import FreeholdError, TooManyRequests

# allauth's names of what may prove a second time -> the API's.
METHODS = {"totp": "code", "recovery_codes": "recovery_code", "webauthn": "passkey"}


class SignInRefused(FreeholdError):
    """Nobody is signed in by this. The answer is the same for an unknown person and a wrong password."""

    status = 401
    default_code = "invalid_credentials"


def sign_in(*, request: HttpRequest, identifier: str, password: str) -> TokenPair:
    """Signs in with e-mail, username or phone number in a session of its own, and returns its tokens.

    Raises SignInRefused, and TooManyRequests after too many failures. When allauth asks for a further step (a
    second factor), the refusal's code is "further_step_required": `step` names it, `methods` are what the person has
    for it, and `pending_token` goes on with it.
    """
    with fresh_session(request):
        form = LoginForm({"login": identifier, "password": password}, request=request)
        if not form.is_valid():
            raise refusal_of(form, SignInRefused("No account has this identifier and password."))
        try:
            outcome: HttpResponse | None = form.login(request)
        except ImmediateHttpResponse as early:
            outcome = early.response
        return tokens_of(request, outcome)


def tokens_of(request: HttpRequest, outcome: HttpResponse | None) -> TokenPair:
    """What allauth's login came to, in the session of now: tokens, or SignInRefused with what is still needed."""
    answer = orjson.loads(AuthenticationResponse.from_response(request, outcome).content)
    if not request.user.is_authenticated:
        raise _unfinished(request, answer)
    # allauth's form has set a browser's expiry after the tokens were made.
    live_as_refresh_token(request.session)
    return TokenPair(access=answer["meta"]["access"], refresh=answer["meta"]["refresh"])


def refusal_of(form: Any, otherwise: FreeholdError) -> FreeholdError:
    """TooManyRequests if that is what is wrong with the form, else `otherwise`."""
    for problems in form.errors.as_data().values():
        for problem in problems:
            if isinstance(problem, TooManyAttempts):
                return TooManyRequests("Too many failed attempts. Try again later.", retry_after=problem.retry_after)
    return otherwise


def _unfinished(request: HttpRequest, answer: dict[str, dict[str, list[dict[str, Any]]]]) -> SignInRefused:
    for flow in answer["data"]["flows"]:
        if flow.get("is_pending"):
            return SignInRefused(
                "A further step is needed to sign in.",
                code="further_step_required",
                extra={
                    "step": flow["id"],
                    "methods": [METHODS[kind] for kind in flow.get("types", [])],
                    "pending_token": pending_token(request.session),
                },
            )
    return SignInRefused("This account is closed.", code="account_inactive")
