"""The books. Amounts are integer minor units; a posting's sign says debit (+) or credit (-).

The database keeps the rules: postings of an entry sum to zero per currency, postings and entries are never changed
or deleted, closed periods take no entries, and a receivable is never settled beyond its amount.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from freehold.core.audit import audited
from freehold.core.models import BaseModel, TenantModel
from freehold.core.scoping import Scope


class Folio(TenantModel):
    """The account of one commitment. Its row is the first lock of everything that moves its money."""

    class Kind(models.TextChoices):
        BOOKING = "booking"
        LEASE = "lease"
        CONTRACT = "contract"
        DEPOSIT = "deposit"

    kind = models.CharField(max_length=10, choices=Kind)
    reference = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)

    scope = Scope(company="company_id")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "reference"], name="finance_folio_reference")]

    def __str__(self) -> str:
        return self.reference


class Account(TenantModel):
    """A line of the chart of accounts; codes are those of `domain.ledger`."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=100)

    scope = Scope(company="company_id")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="finance_account_code")]

    def __str__(self) -> str:
        return self.code


class JournalEntry(TenantModel):
    """One balanced fact. `key` makes posting it twice impossible; corrections are entries that reverse.

    `payee` is whose account it moves, for what owners are due and what is paid out.
    """

    folio = models.ForeignKey(Folio, null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    payee = models.ForeignKey("finance.Payee", null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    memo = models.CharField(max_length=200, blank=True, default="")
    occurred_at = models.DateTimeField()
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")

    scope = Scope(company="company_id")

    class Meta:
        verbose_name_plural = "journal entries"
        constraints = [models.UniqueConstraint(fields=["company", "key"], name="finance_journalentry_key")]
        triggers = [
            pgtrigger.Protect(name="finance_journalentry_final", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="finance_journalentry_open_period",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                    IF EXISTS (SELECT 1 FROM finance_closedperiod AS p
                                WHERE p.company_id = NEW.company_id AND NEW.occurred_at::date <= p.until) THEN
                        RAISE EXCEPTION 'the books of this period are closed' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Posting(BaseModel):
    """One amount on one account. Debit is positive."""

    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount_minor=0), name="finance_posting_not_zero")]
        triggers = [
            pgtrigger.Protect(name="finance_posting_final", operation=pgtrigger.Update | pgtrigger.Delete),
            # Deferred: an entry's postings are written one after the other and balance when the transaction ends.
            pgtrigger.Trigger(
                name="finance_posting_zero_sum",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func="""
                    IF EXISTS (SELECT 1 FROM finance_posting AS p WHERE p.entry_id = NEW.entry_id
                                GROUP BY p.currency HAVING sum(p.amount_minor) <> 0) THEN
                        RAISE EXCEPTION 'journal entry % does not balance', NEW.entry_id
                              USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"


class ClosedPeriod(TenantModel):
    """The books of a company are closed up to and including this date."""

    until = models.DateField()

    scope = Scope(company="company_id")

    def __str__(self) -> str:
        return str(self.until)


@audited
class Receivable(TenantModel):
    """An amount that is owed on a folio by a date."""

    class Kind(models.TextChoices):
        FULL = "full"
        DEPOSIT = "deposit"
        BALANCE = "balance"

    folio = models.ForeignKey(Folio, on_delete=models.PROTECT, related_name="receivables")
    kind = models.CharField(max_length=10, choices=Kind)
    label = models.CharField(max_length=120)
    amount_minor = models.PositiveBigIntegerField()
    settled_minor = models.PositiveBigIntegerField(default=0)
    written_off_minor = models.PositiveBigIntegerField(default=0)
    due_at = models.DateTimeField()

    scope = Scope(company="company_id")

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=F("settled_minor") + F("written_off_minor")),
                name="finance_receivable_not_oversettled",
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.amount_minor}"


class Settlement(TenantModel):
    """Money of a payment on a receivable; a refund takes it off again with a negative row."""

    receivable = models.ForeignKey(Receivable, on_delete=models.PROTECT, related_name="settlements")
    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="+")
    refund = models.ForeignKey("payments.Refund", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()

    scope = Scope(company="company_id")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(refund__isnull=True, amount_minor__gt=0) | Q(refund__isnull=False, amount_minor__lt=0),
                name="finance_settlement_sign",
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} on {self.receivable_id}"
