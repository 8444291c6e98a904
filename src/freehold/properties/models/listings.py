"""How something is sold: the listing, and the rules of each way of selling."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from freehold.core.audit import audited
from freehold.core.models import BaseModel, Numbered, TenantModel
from freehold.core.scoping import Scope
from freehold.properties.models.places import Property
from freehold.properties.models.units import Unit, UnitType


@audited
class Listing(Numbered, TenantModel):
    """One way of selling a unit, a unit type or (neither set) every unit of the property together.

    With `acceptance` request the host answers within `answer_within_hours`, and the space is held meanwhile.
    `infants_beside`: so many infants may come beyond `max_guests`. `cut_off_time`: until when, by the place's clock,
    somebody may book for the same day (null: all day). `turnover_days` stay empty after each departure. Weekdays are 0
    (Monday) to 6; null means every day.
    """

    class Mode(models.TextChoices):
        STAY = "stay"
        SLOT = "slot"
        EXCLUSIVE = "exclusive"
        LEASE = "lease"
        SALE = "sale"

    class Status(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        PAUSED = "paused"

    class PaymentTerms(models.TextChoices):
        ONLINE = "online"
        DEPOSIT = "deposit"
        AT_PROPERTY = "at_property"

    class Acceptance(models.TextChoices):
        INSTANT = "instant"
        REQUEST = "request"

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="listings")
    unit_type = models.ForeignKey(UnitType, null=True, blank=True, on_delete=models.PROTECT, related_name="listings")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="listings")
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.STAY)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=220, unique=True)
    currency = models.CharField(max_length=3)
    payment_terms = models.CharField(max_length=12, choices=PaymentTerms, default=PaymentTerms.ONLINE)
    acceptance = models.CharField(
        max_length=10, choices=Acceptance, default=Acceptance.INSTANT, db_default=Acceptance.INSTANT
    )
    answer_within_hours = models.PositiveSmallIntegerField(default=24, db_default=24)
    max_guests = models.PositiveSmallIntegerField()
    max_adults = models.PositiveSmallIntegerField(null=True, blank=True)
    max_children = models.PositiveSmallIntegerField(null=True, blank=True)
    infants_beside = models.PositiveSmallIntegerField(default=0, db_default=0)
    min_guest_age = models.PositiveSmallIntegerField(default=0, db_default=0)
    min_nights = models.PositiveSmallIntegerField(default=1)
    max_nights = models.PositiveSmallIntegerField(default=365)
    lead_time_hours = models.PositiveSmallIntegerField(default=0)
    booking_window_days = models.PositiveSmallIntegerField(default=540)
    cut_off_time = models.TimeField(null=True, blank=True)
    turnover_days = models.PositiveSmallIntegerField(default=0, db_default=0)
    arrival_weekdays = ArrayField(models.PositiveSmallIntegerField(), null=True, blank=True)
    departure_weekdays = ArrayField(models.PositiveSmallIntegerField(), null=True, blank=True)

    scope = Scope(
        company="company_id",
        published=Q(status="published", property__status="published", company__is_active=True),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="properties_listing_currency"),
            models.CheckConstraint(condition=Q(min_nights__gte=1), name="properties_listing_min_nights"),
            models.CheckConstraint(condition=Q(max_nights__gte=F("min_nights")), name="properties_listing_nights"),
            models.CheckConstraint(
                condition=Q(unit__isnull=True) | Q(unit_type__isnull=True),
                name="properties_listing_one_object",
            ),
            models.CheckConstraint(
                condition=Q(answer_within_hours__gte=1, answer_within_hours__lte=168), name="properties_listing_answer"
            ),
            models.CheckConstraint(condition=Q(turnover_days__lte=30), name="properties_listing_turnover"),
            models.CheckConstraint(
                condition=Q(max_adults__isnull=True) | Q(max_adults__gte=1), name="properties_listing_max_adults"
            ),
            models.CheckConstraint(
                condition=Q(arrival_weekdays__isnull=True) | Q(arrival_weekdays__contained_by=list(range(7))),
                name="properties_listing_arrival_weekdays",
            ),
            models.CheckConstraint(
                condition=Q(departure_weekdays__isnull=True) | Q(departure_weekdays__contained_by=list(range(7))),
                name="properties_listing_departure_weekdays",
            ),
        ]
        indexes = [
            # The few with rules about days, for the search.
            models.Index(
                fields=["id"],
                condition=Q(arrival_weekdays__isnull=False)
                | Q(departure_weekdays__isnull=False)
                | Q(cut_off_time__isnull=False),
                name="properties_listing_day_rules",
            )
        ]

    def __str__(self) -> str:
        return self.title


class StayRestriction(BaseModel):
    """Other rules for some dates. Lengths and arrivals go by the date of arrival, departures by that of departure.

    `dates` is half-open. Null and False leave the listing's own rule as it is. Two of a listing never overlap.
    """

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="restrictions")
    dates = DateRangeField()
    min_nights = models.PositiveSmallIntegerField(null=True, blank=True)
    max_nights = models.PositiveSmallIntegerField(null=True, blank=True)
    is_closed_to_arrival = models.BooleanField(default=False)
    is_closed_to_departure = models.BooleanField(default=False)
    label = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="properties_stayrestriction_no_overlap",
                expressions=[("listing", RangeOperators.EQUAL), ("dates", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=Q(min_nights__isnull=True) | Q(min_nights__gte=1), name="properties_stayrestriction_min"
            ),
            models.CheckConstraint(
                condition=Q(max_nights__isnull=True)
                | Q(min_nights__isnull=True) & Q(max_nights__gte=1)
                | Q(max_nights__gte=F("min_nights")),
                name="properties_stayrestriction_max",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label or 'restriction'} {self.dates}"


class SlotRules(BaseModel):
    """Which slots a listing of mode `slot` gives. Minutes throughout; local times of the property.

    `opening_hours` has seven lists, Monday first, of `["09:00", "17:00"]`; an end of "24:00" is midnight.
    `grid_minutes` is the raster of starts and lengths, counted from opening; 0 means any instant. `seat_per_guest`:
    each guest takes a unit of the listing's type (a seat), and the price is per seat.
    """

    listing = models.OneToOneField(Listing, on_delete=models.CASCADE, related_name="slot_rules")
    opening_hours = models.JSONField()
    grid_minutes = models.PositiveSmallIntegerField(default=30)
    min_minutes = models.PositiveIntegerField(default=30)
    max_minutes = models.PositiveIntegerField(default=240)
    buffer_before_minutes = models.PositiveSmallIntegerField(default=0)
    buffer_after_minutes = models.PositiveSmallIntegerField(default=0)
    notice_minutes = models.PositiveIntegerField(default=0)
    seat_per_guest = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "slot rules"
        constraints = [
            models.CheckConstraint(
                condition=Q(min_minutes__gte=1, max_minutes__gte=F("min_minutes"), max_minutes__lte=44_640),
                name="properties_slotrules_length",
            ),
            models.CheckConstraint(condition=Q(grid_minutes__lte=1440), name="properties_slotrules_grid"),
        ]

    def __str__(self) -> str:
        return f"slots of {self.listing_id}"


class SaleDetails(BaseModel):
    """What is asked for a listing of mode `sale`, and the facts that buyers compare. Minor units of its currency."""

    listing = models.OneToOneField(Listing, on_delete=models.CASCADE, related_name="sale")
    price_minor = models.PositiveBigIntegerField()
    living_area_m2 = models.PositiveIntegerField(null=True, blank=True)
    plot_area_m2 = models.PositiveIntegerField(null=True, blank=True)
    floors = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    year_built = models.PositiveSmallIntegerField(null=True, blank=True)
    year_renovated = models.PositiveSmallIntegerField(null=True, blank=True)
    condition = models.PositiveSmallIntegerField(null=True, blank=True)
    grade = models.PositiveSmallIntegerField(null=True, blank=True)
    has_water_view = models.BooleanField(default=False)
    earlier_sales = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name_plural = "sale details"
        indexes = [models.Index(fields=["price_minor"], name="properties_saledetails_price")]
        constraints = [
            models.CheckConstraint(condition=Q(price_minor__gt=0), name="properties_saledetails_price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} for {self.price_minor}"
