"""The one calendar. A claim is units x period for a purpose; an allocation is one leaf unit that it really takes.

An allocation row exists only while the space is taken: releasing deletes it. The exclusion constraint is therefore
unconditional, and it is the guarantee. `services.claim_units` is the only writer and locks the units first.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from freehold.core.audit import audited
from freehold.core.models import TenantModel
from freehold.core.scoping import Scope
from freehold.inventory.search_models import SearchAmenity, SearchClock, SearchEntry, SearchOption, SearchPlace

__all__ = [
    "Allocation",
    "Claim",
    "Purpose",
    "SearchAmenity",
    "SearchClock",
    "SearchEntry",
    "SearchOption",
    "SearchPlace",
]


class Purpose(models.TextChoices):
    """Why space is taken."""

    HOLD = "hold"
    BOOKING = "booking"
    BLOCK = "block"
    EXTERNAL = "external"
    LEASE = "lease"
    SALE = "sale"


@audited
class Claim(TenantModel):
    """Units taken for a period. Only a hold expires; it is extended at most once.

    `period` is what it is for; its allocations may reach further, over days of turnover or time to tidy up.
    `unit_ids` are the leaf units that it takes or took: allocations go when it is released, the history stays.
    """

    purpose = models.CharField(max_length=10, choices=Purpose)
    listing = models.ForeignKey("properties.Listing", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    unit_ids = ArrayField(models.UUIDField(), default=list)
    period = DateTimeRangeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    extensions = models.PositiveSmallIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True, default="")
    external_uid = models.CharField(max_length=255, blank=True, default="")
    released_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(company="company_id")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose="hold", expires_at__isnull=False)
                | (~Q(purpose="hold") & Q(expires_at__isnull=True)),
                name="inventory_claim_only_holds_expire",
            ),
            models.CheckConstraint(condition=Q(extensions__lte=1), name="inventory_claim_extended_once"),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=Q(purpose="hold", released_at__isnull=True),
                name="inventory_claim_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.period}"


class Allocation(models.Model):
    """One leaf unit, taken. `expires_at` repeats the claim's, so that availability needs no join."""

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey("properties.Unit", on_delete=models.PROTECT, related_name="+", db_index=False)
    period = DateTimeRangeField()
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="allocations")
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="inventory_allocation_no_overlap",
                expressions=[("unit", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="inventory_allocation_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.period}"
