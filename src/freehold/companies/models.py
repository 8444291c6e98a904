"""Tenants and who works in them."""

from django.conf import settings
from django.db import models

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
