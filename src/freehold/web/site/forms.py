"""The forms of the guest site. They check shape; what is allowed and possible is decided by the services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from freehold.bookings.types import GuestName
from freehold.domain.party import MAX_ADULTS, MAX_CHILD_AGE, MAX_CHILDREN, Party


class DateInput(forms.DateInput):
    """A native date field: the value is ISO, whatever the language of the page."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class PartyForm(forms.Form):
    """Who comes. Children come with their ages, because prices may depend on them."""

    adults = forms.IntegerField(label=_("Adults"), min_value=1, max_value=MAX_ADULTS)
    children = forms.IntegerField(label=_("Children"), min_value=0, max_value=MAX_CHILDREN, required=False)

    data: QueryDict

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        ages = self.ages
        if None in ages:
            # Not an error of the number: that stays, so that the page can ask for the ages.
            self.add_error(None, _("Choose the age of each child to see the price."))
        else:
            cleaned["ages"] = tuple(age for age in ages if age is not None)
        return cleaned

    @property
    def problems(self) -> list[str]:
        """Every error in a line of its own, which names its field."""
        return [
            f"{self[name].label}: {detail}" if name in self.fields else str(detail)
            for name, details in self.errors.items()
            for detail in details
        ]

    @property
    def ages(self) -> list[int | None]:
        """One age per child, None where it was not chosen yet."""
        children = self.cleaned_data.get("children") or 0
        chosen = [_age(text) for text in self.data.getlist("age")][:children]
        return [*chosen, *[None] * (children - len(chosen))]

    @property
    def party(self) -> Party:
        return Party(self.cleaned_data["adults"], self.cleaned_data["ages"])


class StayForm(PartyForm):
    """Dates and party for one place; where it is given as a whole, no dates mean from now on until cancelled."""

    OPEN = "open"

    check_in = forms.DateField(label=_("Check-in"), input_formats=["%Y-%m-%d"], widget=DateInput)
    check_out = forms.DateField(label=_("Check-out"), input_formats=["%Y-%m-%d"], widget=DateInput)
    field_order = ["check_in", "check_out", "adults", "children"]

    def __init__(self, data: QueryDict, *, may_be_open_ended: bool = False) -> None:
        super().__init__(data)
        self.may_be_open_ended = may_be_open_ended
        if self.is_open_ended:
            self.fields["check_in"].required = self.fields["check_out"].required = False

    @property
    def is_open_ended(self) -> bool:
        return self.may_be_open_ended and self.data.get("term") == self.OPEN

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        check_in, check_out = cleaned.get("check_in"), cleaned.get("check_out")
        if check_in and check_out and check_out <= check_in and not self.is_open_ended:
            self.add_error("check_out", _("The departure comes after the arrival."))
        return cleaned


class SlotForm(PartyForm):
    """A day, a length, and the slot of that day."""

    day = forms.DateField(label=_("Day"), input_formats=["%Y-%m-%d"], required=False)
    minutes = forms.IntegerField(label=_("Length"), min_value=1, max_value=44_640, required=False)
    start = forms.CharField(label=_("Time"), required=False)

    def clean_start(self) -> datetime | None:
        text = self.cleaned_data["start"]
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise forms.ValidationError(_("Choose one of the times.")) from None
        if moment.tzinfo is None or not 1900 < moment.year < 2200:
            raise forms.ValidationError(_("Choose one of the times."))
        return moment.astimezone(UTC)


def _age(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) <= MAX_CHILD_AGE else None


class GuestsForm(forms.Form):
    """Who stays, by name: the first one is asked for, the others may follow later."""

    note = forms.CharField(
        label=_("Anything the host should know?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(self, data: QueryDict | None, *, rooms: Sequence[GuestRoom], note: str) -> None:
        super().__init__(data, initial={"note": note})
        self._rooms = rooms
        for room in rooms:
            for index, (label, name) in enumerate(zip_longest(room.labels, room.names[: len(room.labels)])):
                is_booker = room is rooms[0] and index == 0
                self.fields[room.field(index)] = forms.CharField(
                    label=label,
                    max_length=120,
                    required=is_booker,
                    initial=name or "",
                    widget=forms.TextInput({"autocomplete": "name" if is_booker else "off"}),
                )
        self.order_fields([name for name in self.fields if name != "note"])

    @property
    def groups(self) -> list[tuple[GuestRoom, list[forms.BoundField]]]:
        """The fields of each room."""
        return [(room, [self[room.field(index)] for index in range(len(room.labels))]) for room in self._rooms]

    @property
    def guests(self) -> list[GuestName]:
        return [
            GuestName(name=name, age=age, item=room.item)
            for room in self._rooms
            for index, age in enumerate(room.ages)
            if (name := self.cleaned_data[room.field(index)])
        ]


@dataclass(frozen=True, slots=True)
class GuestRoom:
    """Who may be named in one item of a booking: `item` is its place there, `names` are known already."""

    item: int
    title: str
    party: Party
    names: Sequence[str]
    is_first: bool = True

    def field(self, index: int) -> str:
        return f"name_{index}" if self.is_first else f"name_{self.item}_{index}"

    @property
    def ages(self) -> list[int | None]:
        return [None] * self.party.adults + list(self.party.children)

    @property
    def labels(self) -> list[str]:
        first = gettext("Your name") if self.is_first else gettext("Guest 1")
        adults = [first] + [gettext("Guest %(n)s") % {"n": n} for n in range(2, self.party.adults + 1)]
        return adults + [gettext("Child, age %(age)s") % {"age": age} for age in self.party.children]
