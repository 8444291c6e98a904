"""What was sent to whom, whether it arrived at the carrier, and which reminders are out."""

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


class Reminder(BaseModel):
    """A reminder that was given, once per booking, kind and arrival: other dates are another arrival."""

    class Kind(models.TextChoices):
        ARRIVAL = "arrival"
        BALANCE = "balance"

    booking = models.ForeignKey("bookings.Booking", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    arrives_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booking", "kind", "arrives_at"], name="messaging_reminder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.arrives_at:%Y-%m-%d}"
