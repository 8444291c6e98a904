"""What the list of payments out reads from its address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from freehold.domain.outgoing_states import OutgoingState
from freehold.finance.outgoings import MOST_WORDS, WantedOutgoings
from freehold.web.console.forms_money import DAY, SENSIBLE
from freehold.web.console.present.payouts import outgoing_status


class OutgoingsForm(forms.Form):
    """The filters of the list. What makes no sense is said beside its field, and filters nothing."""

    q = forms.CharField(label=_("Search"), required=False, max_length=MOST_WORDS)
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("Everything")), ("payout", _("Payouts")), ("expense", _("Expenses"))],
    )
    state = forms.ChoiceField(label=_("Status"), required=False)
    first = forms.DateField(label=_("Due from"), required=False, validators=SENSIBLE, widget=DAY)
    last = forms.DateField(label=_("Due until"), required=False, validators=SENSIBLE, widget=DAY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [(state.value, outgoing_status(state).label) for state in OutgoingState]
        self.fields["state"] = forms.ChoiceField(
            label=_("Status"), required=False, choices=[("", _("Every status")), *states]
        )
        for name, field in self.fields.items():
            field.widget.attrs.update({"class": "input", "aria-describedby": f"id_{name}_error"})
        self.fields["q"].widget.attrs.update({"type": "search", "placeholder": _("Payee, reference or document")})

    @property
    def wanted_kind(self) -> str:
        self.is_valid()
        return str(self.cleaned_data.get("kind") or "")

    @property
    def wanted(self) -> WantedOutgoings:
        self.is_valid()
        given = self.cleaned_data
        return WantedOutgoings(
            state=given.get("state") or "",
            first=given.get("first"),
            last=given.get("last"),
            words=given.get("q") or "",
        )
