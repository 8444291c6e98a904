"""What the console's pages read from an address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from freehold.bookings.desk import Wanted
from freehold.companies.key_scopes import key_scopes
from freehold.companies.models import Role
from freehold.domain.booking_states import BookingState
from freehold.web.console.present.booking import STATUS


class BookingsForm(forms.Form):
    """The filters of the list. What makes no sense is said beside its field, and filters nothing."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    status = forms.ChoiceField(label=_("Status"), required=False)
    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [(state.value, STATUS[state]().label) for state in BookingState]
        self.fields["status"] = forms.ChoiceField(
            label=_("Status"), required=False, choices=[("", _("Every status")), *states]
        )
        for name, field in self.fields.items():
            field.widget.attrs.update({"class": "input", "aria-describedby": f"id_{name}_error"})
        self.fields["q"].widget.attrs.update({"type": "search", "placeholder": _("Reference, guest or listing")})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("first") and given.get("last") and given["last"] < given["first"]:
            self.add_error("last", _("The dates end before they begin."))
        return given

    @property
    def wanted(self) -> Wanted:
        self.is_valid()
        given = self.cleaned_data
        return Wanted(
            states=(BookingState(given["status"]),) if given.get("status") else (),
            first=given.get("first"),
            last=given.get("last"),
            words=given.get("q", ""),
        )


class InvitationForm(forms.Form):
    """Who is asked to work here, and as what."""

    email = forms.EmailField(
        label=_("Email"), max_length=254, help_text=_("The invitation is good for an account with this address alone.")
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.HOST)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields:
            self.fields[name].widget.attrs.update({"class": "input", "aria-describedby": f"id_{name}_error"})


class ApiKeyForm(forms.Form):
    """A new key: whose it is, what it may do, for how long."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Which server has it."))
    scopes = forms.MultipleChoiceField(label=_("What it may do"), widget=forms.CheckboxSelectMultiple)
    days = forms.ChoiceField(
        label=_("Ends"),
        initial="365",
        choices=[("30", _("in 30 days")), ("90", _("in 90 days")), ("365", _("in a year")), ("730", _("in two years"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes = self.fields["scopes"]
        assert isinstance(scopes, forms.MultipleChoiceField)
        scopes.choices = [(scope, scope_label(scope)) for scope in key_scopes()]
        for name in ("name", "days"):
            self.fields[name].widget.attrs.update({"class": "input", "aria-describedby": f"id_{name}_error"})


def scope_label(scope: str) -> str:
    area, _separator, kind = scope.partition(":")
    areas = {
        "bookings": gettext("Bookings"),
        "finance": gettext("Books"),
        "inventory": gettext("Calendar"),
        "payments": gettext("Payments"),
        "pricing": gettext("Prices"),
        "properties": gettext("Places and listings"),
    }
    words = gettext("%(area)s: read") if kind == "read" else gettext("%(area)s: read and change")
    return words % {"area": areas.get(area, area)}
