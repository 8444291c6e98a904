"""A payer asks the bank for the money back: a chargeback."""

from django.db import models

from freehold.core.audit import audited
from freehold.core.models import TenantModel
from freehold.core.scoping import Scope
from freehold.domain.payment_states import DisputeState
from freehold.payments.models.payment import Payment


@audited
class Dispute(TenantModel):
    """`withdrawn_minor` is what the books say is out of the gateway's balance because of it; `movements` counts the
    times that this has changed, so that each change has a journal entry of its own."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    provider_id = models.CharField(max_length=120)
    state = models.CharField(
        max_length=6, choices=[(state.value, state.value) for state in DisputeState], default=DisputeState.OPEN
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    withdrawn_minor = models.PositiveBigIntegerField(default=0)
    movements = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=200, blank=True, default="")
    respond_by = models.DateTimeField(null=True, blank=True)

    scope = Scope(company="company_id", guest="payment__payer_id")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payment", "provider_id"], name="payments_dispute_once")]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.state}"
