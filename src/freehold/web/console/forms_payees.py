"""What somebody types of payees: who they are, where they are paid, what owners are due, and payments to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from freehold.core.errors import FreeholdError
from freehold.core.ids import uuid7
from freehold.domain.errors import DomainError
from freehold.domain.money import CURRENCIES, Money
from freehold.finance.destinations import MAX_VALUE, typed_again
from freehold.finance.outgoings import MOST_WORDS, amount_of
from freehold.finance.services.add_payee import LONGEST_NAME
from freehold.finance.services.adjust_owner import LONGEST_KEY
from freehold.web.console.forms_gateway import PREFIX
from freehold.web.console.forms_money import DAY, SENSIBLE

if TYPE_CHECKING:
    from freehold.finance.models import Outgoing, Payee
    from freehold.ports.payment_gateway import DestinationField, DestinationShape

LONGEST_AMOUNT_TEXT = 20
MOST_VERSIONS = 1_000_000
KINDS: list[tuple[str, str | Promise]] = [
    ("owner", _("Owner")),
    ("supplier", _("Supplier")),
    ("staff", _("Staff")),
]


class RefusedForm(forms.Form):
    """A form whose refusals stand beside their fields."""

    def refuse(self, refusal: FreeholdError) -> None:
        for problem in refusal.errors:
            name = (problem.attr or "").replace("values.", PREFIX)
            self.add_error(name if name in self.fields else None, problem.detail)


class MoneyForm(RefusedForm):
    """An amount and its currency, together `money`."""

    amount = forms.CharField(
        label=_("Amount"),
        max_length=LONGEST_AMOUNT_TEXT,
        help_text=_("Like 540.00."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in sorted(CURRENCIES)])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if "amount" in given and "currency" in given:
            try:
                given["money"] = Money.parse(given["amount"], given["currency"])
            except DomainError as problem:
                self.add_error("amount", problem.detail)
        return given


class PayeesForm(forms.Form):
    """The filters of the list. What makes no sense is said beside its field, and filters nothing."""

    q = forms.CharField(label=_("Search"), required=False, max_length=MOST_WORDS)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("Everybody")), *KINDS])
    state = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("Every status")), ("on", _("In use")), ("off", _("Switched off"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.update({"class": "input", "aria-describedby": f"id_{name}_error"})
        self.fields["q"].widget.attrs.update({"type": "search", "placeholder": _("Name")})

    @property
    def wanted(self) -> dict[str, Any]:
        self.is_valid()
        given = self.cleaned_data
        state = given.get("state") or ""
        return {
            "words": given.get("q") or "",
            "kind": given.get("kind") or "",
            "is_active": None if not state else state == "on",
        }


class PayeeForm(RefusedForm):
    kind = forms.ChoiceField(label=_("Who it is"), choices=KINDS, widget=forms.RadioSelect)
    name = forms.CharField(
        label=_("Name"), max_length=LONGEST_NAME, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class NameForm(RefusedForm):
    name = forms.CharField(
        label=_("Name"), max_length=LONGEST_NAME, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class PlaceForm(RefusedForm):
    """What the provider asks for, to bring money there."""

    def __init__(self, *args: Any, shape: DestinationShape, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in shape.fields:
            self.fields[PREFIX + field.name] = _control(field)

    @property
    def values(self) -> dict[str, str]:
        """By the provider's names."""
        return {name.removeprefix(PREFIX): value for name, value in self.cleaned_data.items()}


class PlaceAgainForm(RefusedForm):
    """Its numbers once more, typed by who confirms it."""

    def __init__(self, *args: Any, shape: DestinationShape, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in typed_again(shape):
            self.fields[PREFIX + field.name] = _control(field)

    @property
    def values(self) -> dict[str, str]:
        """By the provider's names; what was left empty is not said."""
        given = self.cleaned_data
        return {name.removeprefix(PREFIX): value for name, value in given.items() if value}


def _control(field: DestinationField) -> forms.CharField:
    return forms.CharField(
        label=field.label,
        max_length=MAX_VALUE,
        required=field.required,
        help_text=field.help,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class OwnerAccountForm(MoneyForm):
    kind = forms.ChoiceField(
        label=_("What changes"),
        choices=[("credit", _("The owner is due more")), ("charge", _("The owner is due less"))],
        widget=forms.RadioSelect,
    )
    key = forms.CharField(
        label=_("Cause"),
        max_length=LONGEST_KEY,
        help_text=_("A statement or a month, like 2026-05. Each cause counts once."),
    )
    reason = forms.CharField(label=_("What for"), max_length=200, help_text=_("It stands in the books."))

    field_order = ("kind", "amount", "currency", "key", "reason")


class OutgoingForm(MoneyForm):
    """A new payment to `payee`, or with a `row` one that is changed. Sent twice it is one: its key was made when the
    page was, and a change names the contents that it changes."""

    destination_id = forms.TypedChoiceField(label=_("Where to"), coerce=UUID, widget=forms.RadioSelect)
    description = forms.CharField(label=_("What for"), max_length=140, help_text=_("The payee may read it."))
    category = forms.CharField(label=_("Category"), max_length=60, required=False)
    document = forms.CharField(
        label=_("Document"), max_length=120, required=False, help_text=_("The number of the bill, say.")
    )
    due_on = forms.DateField(label=_("Due"), required=False, validators=SENSIBLE, widget=DAY)

    field_order = ("destination_id", "amount", "currency", "description", "category", "document", "due_on")

    def __init__(self, *args: Any, payee: Payee, currency: str = "", row: Outgoing | None = None) -> None:
        super().__init__(*args, initial=_as_it_is(row) if row else {"currency": currency, "key": uuid7()})
        places = [(str(place.pk), _told(place.hint, place.confirmed_at is not None)) for place in _places(payee)]
        choice: Any = self.fields["destination_id"]
        choice.choices = places
        if len(places) == 1:
            choice.initial = places[0][0]
        if row is None:
            self.fields["key"] = forms.UUIDField(widget=forms.HiddenInput)
        else:
            self.fields["version"] = forms.IntegerField(
                min_value=1, max_value=MOST_VERSIONS, widget=forms.HiddenInput, label=_("Version")
            )

    @property
    def given(self) -> dict[str, Any]:
        """As the services are told it."""
        given = self.cleaned_data
        names = ("destination_id", "description", "category", "document", "due_on", "key", "version")
        return {"amount": given["money"], **{name: given[name] for name in names if name in given}}


def _places(payee: Payee) -> list[Any]:
    return list(payee.destinations.all())


def _told(hint: str, is_confirmed: bool) -> str:
    return hint if is_confirmed else gettext("%(place)s (waits to be confirmed)") % {"place": hint}


def _as_it_is(row: Outgoing) -> dict[str, Any]:
    return {
        "destination_id": str(row.destination_id),
        "amount": amount_of(row).amount_text(),
        "currency": row.currency,
        "description": row.description,
        "category": row.category,
        "document": row.document,
        "due_on": row.due_on,
        "version": row.version,
    }
