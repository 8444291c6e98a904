"""What somebody types to give money back."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from freehold.payments.services.refund_payment import LONGEST_REASON


class RefundForm(forms.Form):
    amount = forms.CharField(
        label=_("Amount"),
        max_length=20,
        help_text=_("In the payment's currency, like 540.00."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("Why"), max_length=LONGEST_REASON, help_text=_("The guest can read it, and it stands in the books.")
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
