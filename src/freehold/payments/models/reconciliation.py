"""What came of holding a provider's books against ours, day by day, and what the provider kept for its work."""

import pgtrigger
from django.conf import settings
from django.db import models

from freehold.core.audit import audited
from freehold.core.models import BaseModel, TenantModel
from freehold.core.scoping import Scope
from freehold.domain.reconciliation import DifferenceKind
from freehold.payments.models.payment import Payment, Refund, ReviewItem


class Comparison(BaseModel):
    """One account and one day (UTC), as it was compared last. Without a company: the installation's own account.

    `totals` are the sums of both sides by kind and currency, in minor units.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        AGREED = "agreed"
        DIFFERS = "differs"
        FAILED = "failed"  # could not be compared: `error` says why
        NO_BOOKS = "no_books"  # the provider shows none

    company = models.ForeignKey("companies.Company", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    provider = models.CharField(max_length=30)
    account = models.CharField(max_length=60)
    day = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    until = models.DateTimeField(null=True, blank=True)
    lines = models.PositiveIntegerField(default=0)
    totals = models.JSONField(default=list, blank=True)
    error = models.CharField(max_length=200, blank=True, default="")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "account", "day"], name="payments_comparison_once_a_day")
        ]
        indexes = [models.Index(fields=["company", "-day"], name="payments_comparison_latest")]

    def __str__(self) -> str:
        return f"{self.provider} {self.account} {self.day} {self.state}"


@audited
class Difference(BaseModel):
    """One thing that the two books say differently. It is open as long as its review item is.

    `asked_at`: when the provider gave an answer since on which people may decide; none while it says that a refund is
    under way. `proposed_*`: who wants it given up, and why; somebody else has to agree.
    """

    company = models.ForeignKey("companies.Company", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    provider = models.CharField(max_length=30)
    account = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in DifferenceKind])
    provider_id = models.CharField(max_length=120)
    related_id = models.CharField(max_length=120, blank=True, default="")
    occurred_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    theirs_minor = models.BigIntegerField(null=True, blank=True)
    ours_minor = models.BigIntegerField(null=True, blank=True)
    # Where the sides differ in the currency too.
    ours_currency = models.CharField(max_length=3, blank=True, default="")
    payment = models.ForeignKey(Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="differences")
    refund = models.ForeignKey(Refund, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    review = models.ForeignKey(ReviewItem, on_delete=models.PROTECT, related_name="differences")
    asked_at = models.DateTimeField(null=True, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "account", "kind", "provider_id"], name="payments_difference_once"
            )
        ]
        indexes = [models.Index(fields=["provider", "account", "occurred_at"], name="payments_difference_day")]

    def __str__(self) -> str:
        return f"{self.kind} {self.provider_id}"


class GatewayFee(TenantModel):
    """What a provider kept, once per line of its books, with an entry in ours. Negative: it was given back."""

    payment = models.ForeignKey(Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="fees")
    provider = models.CharField(max_length=30)
    account = models.CharField(max_length=60)
    line_id = models.CharField(max_length=140)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    occurred_at = models.DateTimeField()

    scope = Scope(company="company_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "account", "line_id"], name="payments_gatewayfee_once")
        ]
        triggers = [pgtrigger.Protect(name="payments_gatewayfee_final", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.line_id} {self.amount_minor} {self.currency}"


class StuckNotice(TenantModel):
    """That a company's people were told of something stuck: once for each thing, and several in one letter."""

    letter = models.UUIDField()
    key = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10)
    provider = models.CharField(max_length=30)
    reference = models.CharField(max_length=120, blank=True, default="")
    since = models.DateTimeField()

    scope = Scope(company="company_id")

    class Meta:
        indexes = [
            models.Index(fields=["company", "-created_at"], name="payments_stuck_latest"),
            models.Index(fields=["letter"], name="payments_stuck_letter"),
        ]

    def __str__(self) -> str:
        return self.key
