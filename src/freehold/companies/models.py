"""Tenants and who works in them."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from freehold.core.audit import audited
from freehold.core.models import BaseModel, TenantModel
from freehold.core.scoping import Scope


@audited
class Company(BaseModel):
    """A business on this platform. `currency` is what its new listings are priced in."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64, default="UTC")
    email = models.EmailField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    requires_second_factor = models.BooleanField(
        default=False, help_text="Its people may do nothing in it before they have a second factor."
    )
    requires_verified_contact = models.BooleanField(
        default=False, db_default=False, help_text="Who pays has confirmed an email address or a phone number before."
    )

    class Meta:
        verbose_name_plural = "companies"
        constraints = [
            models.CheckConstraint(condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="companies_company_currency")
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member is to the company; `policies.PERMISSIONS` says what each may do."""

    HOST = "host"
    STAFF = "staff"
    ADMIN = "admin"


@audited
class Membership(TenantModel):
    """A person in a company."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)

    scope = Scope(company="company_id", guest="user_id")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "user"], name="companies_membership_unique")]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role} of {self.company_id}"


@audited
class Invitation(TenantModel):
    """Somebody is asked by mail to work in the company. Open until it is accepted, revoked or over.

    The link in the mail holds no secret of this table: see `invitation_link`. `sends` counts mails; the latest is good.
    """

    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=10, choices=Role)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    sent_at = models.DateTimeField()
    sends = models.PositiveSmallIntegerField(default=1)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(company="company_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="companies_invitation_one_open",
            ),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="companies_invitation_email_lower"),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(revoked_at=None), name="companies_invitation_one_end"
            ),
        ]
        indexes = [models.Index(fields=["company", "created_at"], name="companies_invitation_company")]

    def __str__(self) -> str:
        return f"{self.pk} to {self.company_id} as {self.role}"

    def state_at(self, now: datetime) -> str:
        """ "accepted", "revoked", "over" (its time is), or "open"."""
        if self.accepted_at is not None:
            return "accepted"
        if self.revoked_at is not None:
            return "revoked"
        return "over" if self.expires_at <= now else "open"


@audited
class ApiKey(TenantModel):
    """A server's way in. The secret is shown once; `secret_hash` is its SHA-256.

    A slow hash protects what people choose. The secret is 256 random bits: nobody finds it by trying, fast or slow.
    """

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(company="company_id")

    class Meta:
        indexes = [models.Index(fields=["company", "created_at"], name="companies_apikey_company")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"


class ApiKeyUse(models.Model):
    """When a key was last used, within a few minutes. Beside the key, whose audit trail it would fill."""

    key = models.OneToOneField(ApiKey, on_delete=models.CASCADE, primary_key=True, related_name="use")
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key_id} at {self.used_at:%Y-%m-%d %H:%M}"
