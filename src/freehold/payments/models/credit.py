"""Money that a bank or a wallet reports on an account, without a request of ours behind it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from freehold.core.audit import audited_without
from freehold.core.models import BaseModel
from freehold.payments.models.payment import Payment


@audited_without("reference", "payer_name", "payer_phone", "raw")
class Credit(BaseModel):
    """One notice, kept as it was read. It becomes the money of one payment, once; until then it waits for somebody.

    `external_id` is the bank's own name of the movement, unique within the account that told of it, which is
    `told_to`: nobody can take a name there in another's place. Where the money landed (`account`) is what the message
    says, and proves nothing. The same movement may be known as a charge already, when the provider's own message was
    faster.
    """

    class State(models.TextChoices):
        NEW = "new"  # nobody has looked whose it is
        WAITING = "waiting"  # names a folio with a payment under way, which may be this very money
        UNMATCHED = "unmatched"
        ALLOCATED = "allocated"
        KNOWN = "known"  # a payment has recorded this very movement
        DISMISSED = "dismissed"  # a person says that it is none of ours
        KEPT = "kept"  # money that left, or says nothing about a debt

    company = models.ForeignKey("companies.Company", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=30)
    told_to = models.CharField(max_length=100, default="", db_default="")
    account = models.CharField(max_length=60)
    external_id = models.CharField(max_length=120)
    direction = models.CharField(max_length=6, default="credit")
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    reference = models.CharField(max_length=300, blank=True, default="")
    payer_name = models.CharField(max_length=120, blank=True, default="")
    payer_phone = models.CharField(max_length=40, blank=True, default="")
    value_time = models.DateTimeField(null=True, blank=True)
    trusted = models.BooleanField()
    raw = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    note = models.TextField(blank=True, default="")
    payment = models.ForeignKey(Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="credits")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "told_to", "external_id"], name="payments_credit_once_told"),
            models.CheckConstraint(
                condition=~Q(state="allocated") | Q(payment__isnull=False), name="payments_credit_allocated_somewhere"
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["new", "waiting", "unmatched"]),
                name="payments_credit_open",
            ),
            models.Index(fields=["external_id"], name="payments_credit_external"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id} ({self.state})"
