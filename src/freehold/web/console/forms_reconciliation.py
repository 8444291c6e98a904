"""What the page of comparisons reads from its address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from freehold.core.outside import connectors
from freehold.payments.models import Comparison
from freehold.payments.reconciling import WantedComparisons
from freehold.web.console.forms_money import DAY, SENSIBLE
from freehold.web.console.present.reconciliation import comparison_status
from freehold.web.site.present.providers import provider_choices


class ComparisonsForm(forms.Form):
    """What makes no sense is said beside its field, and filters nothing."""

    state = forms.ChoiceField(label=_("Status"), required=False)
    provider = forms.ChoiceField(label=_("Provider"), required=False)
    first = forms.DateField(label=_("From"), required=False, validators=SENSIBLE, widget=DAY)
    last = forms.DateField(label=_("To"), required=False, validators=SENSIBLE, widget=DAY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [(state.value, comparison_status(state).label) for state in Comparison.State]
        providers = [(choice.slug, choice.name) for choice in provider_choices(sorted(connectors()))]
        self.fields["state"] = forms.ChoiceField(
            label=_("Status"), required=False, choices=[("", _("Every status")), *states]
        )
        self.fields["provider"] = forms.ChoiceField(
            label=_("Provider"), required=False, choices=[("", _("All providers")), *providers]
        )
        for name, field in self.fields.items():
            field.widget.attrs.update({"class": "input", "aria-describedby": f"id_{name}_error"})

    @property
    def wanted(self) -> WantedComparisons:
        self.is_valid()
        given = self.cleaned_data
        return WantedComparisons(
            state=given.get("state") or "",
            provider=given.get("provider") or "",
            first=given.get("first"),
            last=given.get("last"),
        )
