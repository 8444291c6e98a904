"""What the console's pages read from an address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from freehold.bookings.desk import Wanted
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
