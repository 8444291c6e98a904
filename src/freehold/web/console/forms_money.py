"""What the money desk reads from an address or a form."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from freehold.core.errors import BadInput
from freehold.core.outside import connectors
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.payments import by_hand
from freehold.payments.desk import MOST_WORDS, WantedPayments
from freehold.payments.services.record_money import LONGEST_REFERENCE
from freehold.web.console.present.money import payment_status
from freehold.web.site.present.providers import provider_choices
from freehold.web.ui.formats import money

SENSIBLE = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2199, 12, 31)))
DAY = forms.DateInput(attrs={"type": "date"})


class PaymentsForm(forms.Form):
    """The filters of the list. What makes no sense is said beside its field, and filters nothing."""

    q = forms.CharField(label=_("Search"), required=False, max_length=MOST_WORDS)
    state = forms.ChoiceField(label=_("Status"), required=False)
    provider = forms.ChoiceField(label=_("Paid with"), required=False)
    first = forms.DateField(label=_("From"), required=False, validators=SENSIBLE, widget=DAY)
    last = forms.DateField(label=_("To"), required=False, validators=SENSIBLE, widget=DAY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [(state.value, payment_status(state).label) for state in PaymentState]
        slugs = sorted({*connectors(), *by_hand.WITHOUT_GATEWAY})
        providers = [(choice.slug, choice.name) for choice in provider_choices(slugs)]
        self.fields["state"] = forms.ChoiceField(
            label=_("Status"), required=False, choices=[("", _("Every status")), *states]
        )
        self.fields["provider"] = forms.ChoiceField(
            label=_("Paid with"), required=False, choices=[("", _("Everything")), *providers]
        )
        for name, field in self.fields.items():
            field.widget.attrs.update({"class": "input", "aria-describedby": f"id_{name}_error"})
        self.fields["q"].widget.attrs.update({"type": "search", "placeholder": _("Booking or the provider's number")})

    @property
    def wanted(self) -> WantedPayments:
        self.is_valid()
        given = self.cleaned_data
        return WantedPayments(
            state=given.get("state") or "",
            provider=given.get("provider") or "",
            first=given.get("first"),
            last=given.get("last"),
            words=given.get("q") or "",
        )


class RecordForm(forms.Form):
    reference = forms.CharField(label=_("Booking"), max_length=20, help_text=_("Its reference, like FH-7K2Q9M."))
    method = forms.ChoiceField(
        label=_("How"), choices=[(by_hand.CASH, _("Cash")), (by_hand.TRANSFER, _("Bank transfer"))]
    )
    amount = forms.CharField(label=_("Amount"), max_length=20, help_text=_("In the booking's currency, like 540.00."))
    receipt = forms.CharField(
        label=_("Receipt or line of the statement"),
        max_length=LONGEST_REFERENCE,
        help_text=_("How it can be found again. The same one is recorded once."),
    )
    all_the_same = forms.BooleanField(
        label=_("It is right: record it all the same"), required=False, widget=forms.HiddenInput
    )

    def check_against(self, owed: Money, amount: Money) -> None:
        """Raises BadInput for more than the booking owes, once: a slip of the finger is worth a second look."""
        if amount <= owed or self.cleaned_data["all_the_same"]:
            return
        self.fields["all_the_same"].widget = forms.CheckboxInput()
        raise BadInput(
            gettext("%(owed)s is owed on this booking, less than that. What is too much goes back to the payer.")
            % {"owed": money(owed)},
            code="more_than_owed",
            attr="amount",
        )
