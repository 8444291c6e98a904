"""Where allauth meets this platform: identifiers, exact limits on guessing, mails as events, safe redirects."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from freehold.accounts.backends import AccountBackend
from freehold.accounts.events import AccountMailRequested
from freehold.accounts.mails import request_mail
from freehold.accounts.models import User
from freehold.core.ratelimit import RateLimit, Verdict, consume, forget, give_back

FAILED_PER_IDENTIFIER = RateLimit(5, 300)
FAILED_PER_ADDRESS = RateLimit(20, 60)
_IDENTIFIER = "sign-in:identifier"
_ADDRESS = "sign-in:address"
_OTHER_ADDRESSES = ("from_email", "to_email", "deleted_email")


class TooManyAttempts(ValidationError):
    """A form's error that knows when trying again makes sense. `retry_after` in whole seconds."""

    retry_after: int


class AccountAdapter(DefaultAccountAdapter):
    """Set as ACCOUNT_ADAPTER."""

    # --- limits: counted before the password is looked at, so that a burst gets exactly as many guesses ---

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        self._attempt = (identifier_of(credentials), self.get_client_ip(request))
        identifier, address = self._attempt
        self._require(consume(scope=_ADDRESS, identity=address, limit=FAILED_PER_ADDRESS))
        self._require(consume(scope=_IDENTIFIER, identity=identifier, limit=FAILED_PER_IDENTIFIER))

    def _rollback_login_failed_rl_usage(self) -> None:
        identifier, address = self._attempt
        give_back(scope=_IDENTIFIER, identity=identifier)
        give_back(scope=_ADDRESS, identity=address)

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        forget_failures(identifier_of(credentials))

    def _require(self, verdict: Verdict) -> None:
        if verdict.allowed:
            return
        refusal = TooManyAttempts(self.error_messages["too_many_login_attempts"], code="too_many_login_attempts")
        refusal.retry_after = verdict.retry_after or 1
        raise refusal

    def pre_login(self, request: HttpRequest, user: Any, **details: Any) -> HttpResponse | None:
        if not AccountBackend().user_can_authenticate(user):
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **details)

    # --- mails leave through the outbox; see mails.compose for their links ---

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        user = context.get("user")
        if user is None and (request := self.request) is not None and request.user.is_authenticated:
            user = request.user
        noted = [str(context[name]) for name in _OTHER_ADDRESSES if context.get(name)]
        request_mail(
            AccountMailRequested(
                mail=template_prefix.rpartition("/")[2],
                to=email,
                user_id=user.pk if user is not None else None,
                about=noted[0] if noted else "",
                ip=str(context.get("ip", "")),
                user_agent=str(context.get("user_agent", "")),
            )
        )

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        address = emailconfirmation.email_address
        request_mail(
            AccountMailRequested(
                mail="email_confirmation_signup" if signup else "email_confirmation",
                to=address.email,
                user_id=address.user_id,
                address_id=address.pk,
            )
        )

    # --- after registration nobody is signed in: known and unknown addresses get the same answer ---

    def respond_registered(self, request: HttpRequest) -> HttpResponse:
        self.add_message(request, messages.INFO, "account/messages/registered.txt")
        following = get_next_redirect_url(request)
        query = f"?{urlencode({'next': following})}" if following else ""
        return HttpResponseRedirect(reverse("account_login") + query)

    # --- phone numbers identify; proving one by a code comes with the ways to send it ---

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone=phone).first()

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        return (user.phone, True) if user.phone else None

    def set_phone(self, user: Any, phone: str, verified: bool) -> None:
        user.phone = phone
        user.save(update_fields=["phone", "updated_at"])


def identifier_of(credentials: dict[str, Any]) -> str:
    """What somebody calls themself when signing in, however they write it."""
    for name in ("email", "phone", "username"):
        if value := credentials.get(name):
            return str(value).strip().lower()
    return ""


def forget_failures(identifier: str) -> None:
    """After a password was reset by its owner the failures of before are forgotten."""
    forget(scope=_IDENTIFIER, identity=identifier)
