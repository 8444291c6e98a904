"""A page with an address of its own, where whoever has the address pays one amount of one folio."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from freehold.core.audit import audited_without
from freehold.core.models import TenantModel
from freehold.core.scoping import Scope


@audited_without("payer_name", "payer_email")
class PayLink(TenantModel):
    """What is asked for never changes; another amount is another link.

    The address holds a secret of which only the digest is kept (`pay_links.token_of` knows it again). Whether the link
    is open, paid or over is read from its payments and the clock, and stored nowhere; only that somebody took it back
    is. A `share` is one payer's part of what a hold needs to be confirmed: its money waits on the folio for the others.
    """

    folio = models.ForeignKey("finance.Folio", on_delete=models.PROTECT, related_name="pay_links")
    receivable = models.ForeignKey(
        "finance.Receivable", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    token_digest = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    is_share = models.BooleanField(default=False)
    payer_name = models.CharField(max_length=120, blank=True, default="")
    payer_email = models.EmailField(blank=True, default="")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    scope = Scope(company="company_id")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payments_paylink_positive")]
        indexes = [models.Index(fields=["company", "-created_at", "-id"], name="payments_paylink_recent")]

    def __str__(self) -> str:
        return f"{self.label} {self.amount_minor} {self.currency}"
