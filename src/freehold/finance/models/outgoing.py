"""Money that a company pays out: to whom, where to, and each payment from its draft to its end."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from freehold.core.audit import audited, audited_without
from freehold.core.models import TenantModel
from freehold.core.scoping import Scope
from freehold.domain.outgoing_states import OutgoingState


@audited
class Payee(TenantModel):
    """A party who is paid. Its row is the first lock of all that changes what it may be paid."""

    class Kind(models.TextChoices):
        OWNER = "owner"
        SUPPLIER = "supplier"
        STAFF = "staff"

    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)

    scope = Scope(company="company_id")

    class Meta:
        indexes = [models.Index(fields=["company", "name", "id"], name="finance_payee_name")]

    def __str__(self) -> str:
        return self.name


@audited_without("sealed")
class PayeeDestination(TenantModel):
    """Where a payee's money goes. Never changed: another place is another row, and what was approved keeps its own.

    It may be paid to once a second person has confirmed it. `sealed` is what `core.secrets` made of the values,
    `fingerprint` tells whether they are still those that were confirmed, `hint` is what lists show of them.
    """

    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, related_name="destinations")
    provider = models.CharField(max_length=30)
    shape = models.CharField(max_length=30)
    sealed = models.TextField()
    fingerprint = models.CharField(max_length=64)
    hint = models.CharField(max_length=120)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(company="company_id")

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("set_by")),
                name="finance_destination_two_people",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="finance_destination_confirmed_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="finance_destination_is_fixed",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF (NEW.payee_id, NEW.provider, NEW.shape, NEW.fingerprint, NEW.hint, NEW.set_by_id)
                       IS DISTINCT FROM
                       (OLD.payee_id, OLD.provider, OLD.shape, OLD.fingerprint, OLD.hint, OLD.set_by_id)
                       OR (OLD.confirmed_by_id IS NOT NULL AND NEW.confirmed_by_id IS DISTINCT FROM OLD.confirmed_by_id)
                    THEN
                        RAISE EXCEPTION 'destination % is not changed: another place is another row', NEW.id
                              USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="finance_destination_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.hint}"


@audited
class Outgoing(TenantModel):
    """One payment to a payee: what an owner is due (`payout`), or a bill (`expense`).

    `makers` are all who had a hand in it; none of them approves it. `version` counts its contents: who approves says
    which of them they saw. What is approved is frozen; a debt whose payment failed is paid by one that `replaces` it,
    by one at a time: another one may be drafted once that is cancelled.
    """

    class Kind(models.TextChoices):
        PAYOUT = "payout"
        EXPENSE = "expense"

    kind = models.CharField(max_length=10, choices=Kind)
    reference = models.CharField(max_length=20)
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, related_name="outgoings")
    destination = models.ForeignKey(PayeeDestination, on_delete=models.PROTECT, related_name="outgoings")
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    description = models.CharField(max_length=140)
    category = models.CharField(max_length=60, blank=True, default="")
    document = models.CharField(max_length=120, blank=True, default="")
    due_on = models.DateField(null=True, blank=True)
    state = models.CharField(
        max_length=10, choices=[(state.value, state.value) for state in OutgoingState], default=OutgoingState.DRAFT
    )
    version = models.PositiveIntegerField(default=1)
    makers = ArrayField(models.UUIDField())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True, default="")
    error_code = models.CharField(max_length=60, blank=True, default="")
    paid_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="repeats")

    scope = Scope(company="company_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "reference"], name="finance_outgoing_reference"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="finance_outgoing_positive"),
            models.UniqueConstraint(
                fields=["replaces"],
                condition=~Q(state="cancelled"),
                name="finance_outgoing_repeated_by_one",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted", "cancelled"]) | Q(approved_by__isnull=False),
                name="finance_outgoing_approved_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["company", "kind", "-created_at"], name="finance_outgoing_listed")]
        triggers = [
            pgtrigger.Trigger(
                name="finance_outgoing_two_people",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF NEW.approved_by_id = ANY (NEW.makers) OR NOT NEW.created_by_id = ANY (NEW.makers)
                       OR (NEW.submitted_by_id IS NOT NULL AND NOT NEW.submitted_by_id = ANY (NEW.makers)) THEN
                        RAISE EXCEPTION 'who made % does not approve it', NEW.reference
                              USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="finance_outgoing_frozen",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF NOT NEW.makers @> OLD.makers THEN
                        RAISE EXCEPTION 'who made % is not forgotten', NEW.reference USING ERRCODE = 'check_violation';
                    END IF;
                    IF (NEW.kind, NEW.payee_id, NEW.destination_id, NEW.currency, NEW.amount_minor)
                       IS DISTINCT FROM
                       (OLD.kind, OLD.payee_id, OLD.destination_id, OLD.currency, OLD.amount_minor)
                       AND (OLD.state NOT IN ('draft', 'submitted') OR NEW.state <> 'draft') THEN
                        RAISE EXCEPTION '% was submitted with other contents', NEW.reference
                              USING ERRCODE = 'check_violation';
                    END IF;
                    IF (OLD.state IN ('cancelled', 'returned') AND NEW.state <> OLD.state)
                       OR (OLD.state = 'paid' AND NEW.state NOT IN ('paid', 'returned'))
                       OR (OLD.approved_by_id IS NOT NULL AND NEW.approved_by_id IS DISTINCT FROM OLD.approved_by_id)
                    THEN
                        RAISE EXCEPTION '% has come to its end', NEW.reference USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="finance_outgoing_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.reference} ({self.state})"
