"""Reductions that were granted: numbered without a gap, and never changed. A mistake is mended by another document."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from freehold.core.models import TenantModel
from freehold.core.scoping import Scope
from freehold.domain.reductions import ReductionCause


class DocumentCounter(TenantModel):
    """The last number that a company's documents of a kind have in a year. Its row is locked last."""

    class Kind(models.TextChoices):
        CREDIT_NOTE = "credit_note"

    kind = models.CharField(max_length=20, choices=Kind)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    scope = Scope(company="company_id")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "kind", "year"], name="finance_documentcounter_one")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"


class CreditNote(TenantModel):
    """A company lets a guest off a part of what it charged. `tax_minor` is what of `amount_minor` is taxes.

    First it lowers what is owed (`written_off_minor`); what was paid already goes back (`refunded_minor`). `key` makes
    granting it twice impossible, `issued_by` is who did it as the audit trail writes it.
    """

    folio = models.ForeignKey("finance.Folio", on_delete=models.PROTECT, related_name="credit_notes")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=120)
    cause = models.CharField(max_length=10, choices=[(cause.value, cause.value) for cause in ReductionCause])
    reason = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    tax_minor = models.PositiveBigIntegerField()
    written_off_minor = models.PositiveBigIntegerField()
    refunded_minor = models.PositiveBigIntegerField()
    entry = models.OneToOneField("finance.JournalEntry", on_delete=models.PROTECT, related_name="+")
    issuer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_by = models.CharField(max_length=120)
    issued_at = models.DateTimeField()

    scope = Scope(company="company_id")

    class Meta:
        ordering = ["year", "number"]
        constraints = [
            models.UniqueConstraint(fields=["company", "year", "number"], name="finance_creditnote_number"),
            models.UniqueConstraint(fields=["company", "key"], name="finance_creditnote_key"),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, number__gt=0, tax_minor__lte=F("amount_minor")),
                name="finance_creditnote_positive",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor=F("written_off_minor") + F("refunded_minor")),
                name="finance_creditnote_parts",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="finance_creditnote_final", operation=pgtrigger.Update | pgtrigger.Delete),
            # With the counter's lock this never fires; without it a number would be left out for good.
            pgtrigger.Trigger(
                name="finance_creditnote_follows",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                    IF NEW.number > 1 AND NOT EXISTS (
                        SELECT 1 FROM finance_creditnote AS n
                         WHERE n.company_id = NEW.company_id AND n.year = NEW.year AND n.number = NEW.number - 1) THEN
                        RAISE EXCEPTION 'credit note % of % leaves a gap', NEW.number, NEW.year
                              USING ERRCODE = 'check_violation';
                    END IF;
                    IF NOT EXISTS (SELECT 1 FROM finance_folio AS f WHERE f.id = NEW.folio_id
                                      AND f.company_id = NEW.company_id AND f.currency = NEW.currency) THEN
                        RAISE EXCEPTION 'credit note % is about the account of somebody else', NEW.number
                              USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.document_number

    @property
    def document_number(self) -> str:
        return f"CN-{self.year}-{self.number:04d}"
