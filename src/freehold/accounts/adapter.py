"""Where allauth meets this platform: identifiers, exact limits on guessing, mails as events, safe redirects."""

from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.utils import get_next_redirect_url
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from freehold.accounts.backends import AccountBackend
from freehold.accounts.events import AccountMailRequested
from freehold.accounts.guessing import count_guess, forget_guesses, note_address, note_known
from freehold.accounts.mails import request_mail
from freehold.accounts.models import User
from freehold.accounts.selectors import has_second_factor, ways_in
from freehold.core import clock
from freehold.core.addresses import client_ip, counted_ip
from freehold.core.errors import TooManyRequests

_OTHER_ADDRESSES = ("from_email", "to_email", "deleted_email")


class TooManyAttempts(ValidationError):
    """A form's error that knows when trying again makes sense. `retry_after` in whole seconds."""

    retry_after: int


class AccountAdapter(DefaultAccountAdapter):
    """Set as ACCOUNT_ADAPTER."""

    # --- limits: counted before the password is looked at, see `guessing` ---

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        kind, identifier = identifier_of(credentials)
        try:
            self._guess = count_guess(request, kind=kind, identifier=identifier)
        except TooManyRequests as refusal:
            self.refuse(request, refusal)

    def _rollback_login_failed_rl_usage(self) -> None:
        self._guess.went_well()

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """After a reset by mail: whoever got the link is the owner, wherever they are."""
        user = User.objects.filter(emailaddress__email=credentials["email"]).first()
        if user is not None:
            forget_guesses(user.pk)
            note_address(user.pk, counted_ip(request))

    def refuse(self, request: HttpRequest, refusal: TooManyRequests) -> NoReturn:
        """A program gets an error that knows when to come back, a browser the page that says so."""
        if not hasattr(request.allauth, "headless"):  # type: ignore[attr-defined]
            request.retry_after = refusal.retry_after  # type: ignore[attr-defined]
            raise ImmediateHttpResponse(respond_429(request))
        error = TooManyAttempts(self.error_messages["too_many_login_attempts"], code="too_many_login_attempts")
        error.retry_after = refusal.retry_after
        raise error

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request)

    def reauthenticate(self, user: Any, password: str) -> bool:
        """By one identifier, so that the password is looked at once and counted as when signing in."""
        name = next((name for name in ("email", "username", "phone") if getattr(user, name)), "")
        found = self.authenticate(context.request, **{name: getattr(user, name), "password": password})
        return found is not None and found.pk == user.pk

    def pre_login(self, request: HttpRequest, user: Any, **details: Any) -> HttpResponse | None:
        if not AccountBackend().user_can_authenticate(user):
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **details)

    def post_login(self, request: HttpRequest, user: Any, **details: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **details)
        is_program = hasattr(request.allauth, "headless")  # type: ignore[attr-defined]
        note_known(request, user, None if is_program else response)
        return response

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

    # --- an account keeps what it is known by ---

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        return bool(super().can_delete_email(email_address)) and not self.is_needed(email_address)

    def is_needed(self, email_address: EmailAddress) -> bool:
        """Whether nothing would open the account without this address: no other name, or no way in that uses it."""
        user: User = email_address.user
        others = EmailAddress.objects.filter(user=user).exclude(pk=email_address.pk)
        if others.exists():
            # The main one is followed by another; behind a second factor by none that may be a stranger's.
            is_main = email_address.email == user.email
            return is_main and has_second_factor(user=user) and not others.filter(verified=True).exists()
        is_known_otherwise = bool(user.username) or bool(user.phone and user.phone_verified_at)
        return not (is_known_otherwise and ways_in(user=user))

    # --- after registration nobody is signed in: known and unknown addresses get the same answer ---

    def respond_registered(self, request: HttpRequest) -> HttpResponse:
        self.add_message(request, messages.INFO, "account/messages/registered.txt")
        following = get_next_redirect_url(request)
        query = f"?{urlencode({'next': following})}" if following else ""
        return HttpResponseRedirect(reverse("account_login") + query)

    # --- phone numbers identify once they are proved; see services.sign_in_by_code and services.change_phone ---

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone=phone, phone_verified_at__isnull=False).first()

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified_at is not None) if user.phone else None

    def set_phone(self, user: Any, phone: str, verified: bool) -> None:
        user.phone = phone
        user.phone_verified_at = clock.now() if verified else None
        user.save(update_fields=["phone", "phone_verified_at", "updated_at"])

    def set_phone_verified(self, user: Any, phone: str) -> None:
        self.set_phone(user, phone, True)


def identifier_of(credentials: dict[str, Any]) -> tuple[str, str]:
    """What somebody calls themself when signing in, however they write it, and which kind of name that is."""
    for kind in ("email", "phone", "username"):
        if value := credentials.get(kind):
            return kind, str(value).strip().lower()
    return "email", ""
