"""What somebody types to connect an account at a payment provider: the fields that the provider asks for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from freehold.core.errors import FreeholdError
from freehold.payments.account_rules import MAX_VALUE, AnyConnector
from freehold.payments.models import GatewayAccount
from freehold.ports.payment_gateway import AccountField

PREFIX = "value_"


class AccountForm(forms.Form):
    """With a `row` what is connected already is changed: keys stay where nothing is typed, and what is replaced over a
    while has a form of its own."""

    def __init__(self, *args: Any, connector: AnyConnector, row: GatewayAccount | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if row is None:
            self.fields["account"] = forms.CharField(
                label=_("The account’s name at the provider"),
                max_length=60,
                help_text=_("Letters and digits, like acct_1Fh or a shop’s number. It cannot be changed later."),
            )
        self.fields["label"] = forms.CharField(
            label=_("What you call it"), max_length=100, required=False, initial=row.label if row else ""
        )
        for field in connector.fields:
            if row is None or not field.rotates:
                self.fields[PREFIX + field.name] = _control(field, row)
        if row is None and not settings.ONLY_LIVE_GATEWAYS:
            self.fields["livemode"] = forms.BooleanField(
                label=_("These are keys of real money"),
                required=False,
                help_text=_("Without it the account is in test mode, and everybody sees that."),
            )

    @property
    def values(self) -> dict[str, str]:
        """By the provider's names."""
        given = self.cleaned_data
        return {name.removeprefix(PREFIX): value for name, value in given.items() if name.startswith(PREFIX)}

    @property
    def livemode(self) -> bool:
        return bool(self.cleaned_data.get("livemode", settings.ONLY_LIVE_GATEWAYS))

    def refuse(self, refusal: FreeholdError) -> None:
        """Each problem beside its field."""
        for problem in refusal.errors:
            name = (problem.attr or "").replace("values.", PREFIX)
            self.add_error(name if name in self.fields else None, problem.detail)


def _control(field: AccountField, row: GatewayAccount | None) -> forms.CharField:
    is_kept = row is not None and field.secret
    widget: forms.Widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    if field.secret:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    elif field.lines:
        widget = forms.Textarea(attrs={"rows": 5, "spellcheck": "false"})
    return forms.CharField(
        label=field.label,
        max_length=MAX_VALUE,
        required=field.required and not is_kept,
        help_text=_("Leave it empty to keep the one that is stored.") if is_kept else field.help,
        initial="" if row is None else row.values.get(field.name, ""),
        widget=widget,
    )


class SecretForm(forms.Form):
    """A new signing secret for the one that is in use."""

    secret = forms.CharField(
        label=_("The new secret"),
        max_length=MAX_VALUE,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
