"""Prices and terms as rows. How they become a total is `domain.pricing`; these are its inputs, in minor units."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from freehold.core.audit import audited
from freehold.core.models import TenantModel
from freehold.core.scoping import Scope
from freehold.domain.capturing import CaptureWhen
from freehold.domain.deposits import MOST_DAYS

MAX_PRICE_MINOR = 10**12
"""No single price or fee is higher, so that every total of a year for a hundred guests fits a bigint."""


class CancellationPolicy(TenantModel):
    """Tiers as `[{"hours_before": 120, "basis_points": 10000}, ...]`: refunded share until that long before arrival."""

    name = models.CharField(max_length=60)
    tiers = models.JSONField()

    scope = Scope(company="company_id")

    class Meta:
        verbose_name_plural = "cancellation policies"
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="pricing_cancellationpolicy_name")]

    def __str__(self) -> str:
        return self.name


class Tax(TenantModel):
    """A percentage of the price, or an amount per person and night."""

    class Kind(models.TextChoices):
        PERCENTAGE = "percentage"
        PER_PERSON_NIGHT = "per_person_night"

    code = models.SlugField(max_length=40)
    label = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind)
    basis_points = models.PositiveIntegerField(default=0)
    amount_minor = models.PositiveBigIntegerField(default=0)
    exempt_below_age = models.PositiveSmallIntegerField(default=0)
    max_nights = models.PositiveSmallIntegerField(null=True, blank=True)
    on_cleaning = models.BooleanField(default=False)

    scope = Scope(company="company_id")

    class Meta:
        verbose_name_plural = "taxes"
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="pricing_tax_code"),
            models.CheckConstraint(
                condition=Q(kind="percentage", amount_minor=0, basis_points__gt=0, basis_points__lte=10_000)
                | Q(kind="per_person_night", basis_points=0, amount_minor__gt=0),
                name="pricing_tax_kind",
            ),
            models.CheckConstraint(condition=Q(amount_minor__lte=MAX_PRICE_MINOR), name="pricing_tax_highest"),
        ]

    def __str__(self) -> str:
        return self.label


@audited
class RatePlan(TenantModel):
    """What one listing costs. Amounts are minor units of the listing's currency; `basis` is what the base price buys.

    `weekday_prices` has seven entries, Monday first; NULL means the base price. `stay_discounts` is
    `[{"min_nights": 7, "basis_points": 1000}, ...]`.
    """

    class Basis(models.TextChoices):
        NIGHT = "night"
        HOUR = "hour"
        SLOT = "slot"
        FLAT = "flat"

    listing = models.OneToOneField("properties.Listing", on_delete=models.CASCADE, related_name="rate_plan")
    basis = models.CharField(max_length=5, choices=Basis, default=Basis.NIGHT, db_default=Basis.NIGHT)
    currency = models.CharField(max_length=3)
    base_price_minor = models.PositiveBigIntegerField()
    weekday_prices = ArrayField(models.PositiveBigIntegerField(null=True), size=7, null=True, blank=True)
    stay_discounts = models.JSONField(default=list, blank=True)
    included_guests = models.PositiveSmallIntegerField(default=1)
    extra_guest_fee_minor = models.PositiveBigIntegerField(default=0)
    cleaning_fee_minor = models.PositiveBigIntegerField(default=0)
    deposit_basis_points = models.PositiveIntegerField(default=10_000)
    # Against damage, beside the price: 0 for none. Asked for so many days before arrival, returned so many after.
    damage_deposit_minor = models.PositiveBigIntegerField(default=0, db_default=0)
    damage_deposit_ask_days = models.PositiveSmallIntegerField(default=1, db_default=1)
    damage_deposit_return_days = models.PositiveSmallIntegerField(default=7, db_default=7)
    capture = models.CharField(
        max_length=12,
        choices=[(each.value, each.value) for each in CaptureWhen],
        default=CaptureWhen.AT_ONCE,
        db_default=CaptureWhen.AT_ONCE.value,
    )
    cancellation_policy = models.ForeignKey(CancellationPolicy, on_delete=models.PROTECT, related_name="+")
    taxes = models.ManyToManyField(Tax, related_name="+", blank=True)

    scope = Scope(
        company="company_id",
        published=Q(
            listing__status="published",
            listing__property__status="published",
            listing__company__is_active=True,
        ),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(deposit_basis_points__gt=0, deposit_basis_points__lte=10_000),
                name="pricing_rateplan_deposit",
            ),
            models.CheckConstraint(
                condition=Q(
                    base_price_minor__lte=MAX_PRICE_MINOR,
                    extra_guest_fee_minor__lte=MAX_PRICE_MINOR,
                    cleaning_fee_minor__lte=MAX_PRICE_MINOR,
                ),
                name="pricing_rateplan_highest",
            ),
            models.CheckConstraint(
                condition=Q(
                    damage_deposit_minor__lte=MAX_PRICE_MINOR,
                    damage_deposit_ask_days__lte=MOST_DAYS,
                    damage_deposit_return_days__lte=MOST_DAYS,
                ),
                name="pricing_rateplan_damage_deposit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.base_price_minor} {self.currency}"


class PriceOverride(models.Model):
    """The price of each night in `nights` (dates, half-open); two overrides of a plan never overlap."""

    id = models.BigAutoField(primary_key=True)
    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE, related_name="overrides")
    nights = DateRangeField()
    price_minor = models.PositiveBigIntegerField()
    label = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="pricing_priceoverride_no_overlap",
                expressions=[("rate_plan", RangeOperators.EQUAL), ("nights", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(condition=Q(price_minor__lte=MAX_PRICE_MINOR), name="pricing_priceoverride_highest"),
        ]

    def __str__(self) -> str:
        return f"{self.price_minor} in {self.nights}"


class Quote(TenantModel):
    """An itemised price that holds until `expires_at`. `payload` is what was promised, `signature` proves it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    payload = models.JSONField()
    signature = models.CharField(max_length=100)
    expires_at = models.DateTimeField()

    scope = Scope(company="company_id", guest="user_id")

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="pricing_quote_expiry")]

    def __str__(self) -> str:
        return str(self.pk)
