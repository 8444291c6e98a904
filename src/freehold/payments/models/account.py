"""A company's own accounts at payment providers. What opens them is sealed, and apart from what may be shown."""

from django.db import models
from django.db.models import Q

from freehold.core.audit import audited
from freehold.core.models import BaseModel, TenantModel
from freehold.core.scoping import Scope


@audited
class GatewayAccount(TenantModel):
    """One account at one provider. With the provider, `account` is the scope of dedupe keys and charge ids for ever:
    payments name both, so that a row is switched off, never deleted and never renamed.

    `revision` counts the changes, so that every process knows when what it has built of the row is old.
    """

    provider = models.CharField(max_length=30)
    account = models.CharField(max_length=60)
    label = models.CharField(max_length=100)
    livemode = models.BooleanField()
    is_enabled = models.BooleanField(default=True)
    values = models.JSONField(default=dict, blank=True)
    endpoint_token = models.CharField(max_length=64, unique=True)
    revision = models.PositiveIntegerField(default=1)

    scope = Scope(company="company_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "account"], name="payments_gatewayaccount_once"),
            models.UniqueConstraint(
                fields=["company", "provider"], condition=Q(is_enabled=True), name="payments_gatewayaccount_one_enabled"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.account}"


class GatewaySecret(BaseModel):
    """One secret of an account, sealed by `core.secrets`. Beside the account, whose audit trail would keep it.

    `previous` is the one that it has replaced: what was signed before still counts, until `previous_until`.
    """

    account = models.ForeignKey(GatewayAccount, on_delete=models.CASCADE, related_name="secrets")
    name = models.CharField(max_length=40)
    sealed = models.TextField()
    previous = models.TextField(blank=True, default="")
    previous_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="payments_gatewaysecret_once")]

    def __str__(self) -> str:
        return f"{self.name} of {self.account_id}"
