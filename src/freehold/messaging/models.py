"""What was sent to whom, and whether it arrived at the carrier."""

from django.db import models

from freehold.core.models import BaseModel


class Delivery(BaseModel):
    """One message on one channel. `key` names the occasion, so an occasion is told once."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"

    company = models.ForeignKey("companies.Company", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=160, unique=True)
    template = models.CharField(max_length=80)
    channel = models.CharField(max_length=10)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.template} {self.state}"
