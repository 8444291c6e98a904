"""A credit note as guests and the desk read it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from freehold.domain.money import Money
from freehold.domain.reductions import ReductionCause

if TYPE_CHECKING:
    from freehold.finance.models import CreditNote


class ShownNote:
    """Reads a note that came with who issued it."""

    def __init__(self, note: CreditNote) -> None:
        self.note = note
        self.number = note.document_number
        self.reason = note.reason
        self.amount = self._money(note.amount_minor)
        self.taxes = self._money(note.tax_minor)
        self.price = self._money(note.amount_minor - note.tax_minor)
        self.written_off = self._money(note.written_off_minor)
        self.refunded = self._money(note.refunded_minor)

    @property
    def issued_at(self) -> datetime:
        return self.note.issued_at

    @property
    def issuer(self) -> str:
        person = self.note.issuer
        return (person.get_full_name() or person.email or "") if person is not None else ""

    @property
    def cause(self) -> str:
        if self.note.cause == ReductionCause.CORRECTION:
            return gettext("Correction of the price")
        return gettext("Goodwill")

    def _money(self, minor: int) -> Money:
        return Money(minor, self.note.currency)
