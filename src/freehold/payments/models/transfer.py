"""Money on its way out: one approved payment to a payee, at one provider's account or in a person's hand."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from freehold.core.audit import audited
from freehold.core.models import TenantModel
from freehold.core.scoping import Scope
from freehold.domain.payment_states import PayoutState


@audited
class Transfer(TenantModel):
    """Committed before the provider is called, and the key of that call: one for one `outgoing`, for ever.

    `called_at` stands while the provider may know of it. `is_keyless`: it is never told twice, only waited for.
    """

    outgoing = models.OneToOneField("finance.Outgoing", on_delete=models.PROTECT, related_name="transfer")
    provider = models.CharField(max_length=30)
    account = models.CharField(max_length=60)
    purpose = models.CharField(max_length=12)
    is_keyless = models.BooleanField(default=False)
    state = models.CharField(
        max_length=10, choices=[(state.value, state.value) for state in PayoutState], default=PayoutState.CREATED
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    notify_token = models.CharField(max_length=64, unique=True)
    provider_id = models.CharField(max_length=120, blank=True, default="")
    receipt = models.CharField(max_length=120, blank=True, default="")
    error_code = models.CharField(max_length=60, blank=True, default="")
    called_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    next_fetch_at = models.DateTimeField(null=True, blank=True)
    fetch_count = models.PositiveSmallIntegerField(default=0)

    scope = Scope(company="company_id")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payments_transfer_positive"),
            models.UniqueConstraint(
                fields=["provider", "account", "provider_id"],
                condition=~Q(provider_id=""),
                name="payments_transfer_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_fetch_at"],
                condition=Q(next_fetch_at__isnull=False),
                name="payments_transfer_to_fetch",
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="payments_transfer_as_approved",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF NOT EXISTS (SELECT 1 FROM finance_outgoing AS o
                                    WHERE o.id = NEW.outgoing_id AND o.company_id = NEW.company_id
                                      AND o.amount_minor = NEW.amount_minor AND o.currency = NEW.currency
                                      AND o.approved_by_id IS NOT NULL AND o.state NOT IN ('draft', 'cancelled')) THEN
                        RAISE EXCEPTION 'transfer % is not what was approved', NEW.id
                              USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="payments_transfer_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.provider_id or self.pk} ({self.state})"
