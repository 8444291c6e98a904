"""The forms of the guest site. They check shape only; what is allowed is decided by the services."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class GuestForm(forms.Form):
    """Who stays: the lead guest in full, the others by name."""

    first_name = forms.CharField(
        label=_("First name"), max_length=80, widget=forms.TextInput({"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name"), max_length=80, widget=forms.TextInput({"autocomplete": "family-name"})
    )
    email = forms.EmailField(
        label=_("Email"), help_text=_("The confirmation goes here."), widget=forms.EmailInput({"autocomplete": "email"})
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=32,
        required=False,
        help_text=_("With country code, for the day you arrive."),
        widget=forms.TextInput({"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )
    arrival = forms.CharField(label=_("About when do you arrive?"), max_length=60, required=False)
    note = forms.CharField(
        label=_("Anything the host should know?"), max_length=1000, required=False, widget=forms.Textarea({"rows": 3})
    )
