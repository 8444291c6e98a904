"""Base models, and the tables that belong to no room in particular."""

from typing import Any

from django.db import models
from django.db.models import Q

from freehold.core import clock
from freehold.core.audit import audited
from freehold.core.clock import ClockOffset
from freehold.core.ids import uuid7
from freehold.core.scoping import ScopedManager
from freehold.core.serials import SerialField

__all__ = [
    "BaseModel",
    "ClockOffset",
    "IdempotencyKey",
    "IpBlock",
    "Numbered",
    "OutboxMessage",
    "RateCounter",
    "SharedToken",
    "TenantModel",
    "WorkerHeartbeat",
]


class WrittenAt(models.DateTimeField):  # type: ignore[type-arg]
    """When a row was made, or written last, by Freehold's clock instead of the machine's.

    To migrations it is the field of Django that it replaces.
    """

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if self.auto_now or (self.auto_now_add and add):
            setattr(model_instance, self.attname, clock.now())
        return getattr(model_instance, self.attname)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateTimeField", list(args), kwargs


class BaseModel(models.Model):
    """A row with an unguessable, time-ordered id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = WrittenAt(auto_now_add=True)
    updated_at = WrittenAt(auto_now=True)

    class Meta:
        abstract = True


class TenantModel(BaseModel):
    """A business row: it belongs to one company, and every query says in which scope it runs."""

    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")

    objects = ScopedManager()

    class Meta:
        abstract = True


class Numbered(models.Model):
    """A row that counts, too: `serial` is what it is called by programs that know things by whole numbers.

    Stable, never given twice, and no secret: whoever guesses one is told only what is theirs to see.
    """

    serial = SerialField()

    class Meta:
        abstract = True


class OutboxMessage(models.Model):
    """One event on its way to one handler; written in the transaction that announced it."""

    class State(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        DEAD = "dead"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.CharField(max_length=100)
    handler = models.CharField(max_length=200)
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField()
    leased_by = models.CharField(max_length=64, blank=True, default="")
    leased_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["available_at"], condition=Q(state="pending"), name="core_outbox_due"),
            models.Index(fields=["-created_at"], condition=Q(state="dead"), name="core_outbox_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.event} -> {self.handler} ({self.state})"


class WorkerHeartbeat(models.Model):
    """A worker that is alive says so every second or two."""

    worker_id = models.CharField(primary_key=True, max_length=64)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.worker_id} at {self.beat_at:%H:%M:%S}"


class IdempotencyKey(models.Model):
    """The first answer to a request that may be sent twice. Commits together with the request's effect."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    caller = models.CharField(max_length=100)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="core_idempotencykey_unique")]
        indexes = [models.Index(fields=["created_at"], name="core_idempotencykey_age")]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"


class RateCounter(models.Model):
    """How often something happened in the window that ends at `ends_at`; see `counters`. An unlogged table.

    Until `opens_at` there is a pause, if there is one.
    """

    bucket = models.CharField(primary_key=True, max_length=100)
    hits = models.IntegerField()
    ends_at = models.DateTimeField()
    opens_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.bucket}: {self.hits}"


class SharedToken(models.Model):
    """An access token that a vendor lent us, sealed, and who is renewing it; see `tokens`."""

    key = models.CharField(primary_key=True, max_length=200)
    sealed = models.TextField(blank=True, default="")
    renew_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    leased_by = models.CharField(max_length=64, blank=True, default="")
    leased_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key


@audited
class IpBlock(BaseModel):
    """An address or network that gets no answer until `expires_at`; see `blocks`."""

    network = models.CharField(max_length=43, unique=True)
    reason = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    created_by = models.CharField(max_length=100)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="core_ipblock_end")]

    def __str__(self) -> str:
        return self.network
