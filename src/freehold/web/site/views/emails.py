"""My e-mail addresses: the account library's page, where a change happens whole or not at all."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.account.views import EmailView
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from freehold.accounts.adapter import AccountAdapter
from freehold.accounts.models import User
from freehold.accounts.selectors import has_second_factor
from freehold.accounts.step_up import has_stepped_up

_CHANGES = ("action_add", "action_remove", "action_primary")


class EmailAddresses(EmailView):
    """Adds, confirms, chooses and removes the addresses of whoever is signed in."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = cast(User, request.user)
        is_change = any(action in request.POST for action in _CHANGES)
        # Where a password alone does not sign in, a session alone changes no address either.
        if is_change and has_second_factor(user=user) and not has_stepped_up(user=user, session=request.session):
            raise ReauthenticationRequired
        with transaction.atomic():
            # One at a time: two removals may not take one another's last address.
            User.objects.select_for_update(no_key=True).get(pk=user.pk)
            return cast(HttpResponse, super().post(request, *args, **kwargs))

    def _action_remove(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        address = self._get_email_address(request)
        if address is not None and AccountAdapter(request).is_needed(address):
            text = gettext("%(address)s stays: without it nothing would open your account. Add another address first.")
            messages.error(request, text % {"address": address.email})
            return None
        return cast("HttpResponse | None", super()._action_remove(request, *args, **kwargs))

    def _action_primary(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        address = self._get_email_address(request)
        if address is not None and not address.verified and has_second_factor(user=cast(User, request.user)):
            # Else somebody could keep a stranger's address behind a second step that its owner cannot take.
            messages.error(request, gettext("Confirm %(address)s first.") % {"address": address.email})
            return None
        return cast("HttpResponse | None", super()._action_primary(request, *args, **kwargs))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        adapter = AccountAdapter(self.request)
        addresses: list[EmailAddress] = context["emailaddresses"]
        return context | {"can_remove": any(adapter.can_delete_email(address) for address in addresses)}


addresses = EmailAddresses.as_view()
