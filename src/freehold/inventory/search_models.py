"""What the search reads instead of the tables that it is about: one narrow row per listing on offer.

Derived, all of it. Triggers of the database keep it true inside the transaction of what changed, whoever changed it
(migration 0005); `services.rebuild_search` makes it again, `manage verify` compares. Nothing else writes here.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db import models
from django.db.models import Q

from freehold.inventory.fields import BitStringField, WideNumberField


def _to(model: str, **options: Any) -> Any:
    """A reference of derived data: kept by the triggers, so no constraint and no index of its own."""
    settings = {"db_constraint": False, "db_index": False, "related_name": "+", **options}
    return models.ForeignKey(model, on_delete=models.CASCADE, **settings)


class SearchPlace(models.Model):
    """A neighbourhood of a city, or a city as far as it has none. Keys are folded: no case, no accents."""

    id = models.AutoField(primary_key=True)
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=120)
    city = models.CharField(max_length=120)
    neighbourhood = models.CharField(max_length=120)
    city_key = models.TextField()
    neighbourhood_key = models.TextField()
    words = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["country", "region", "city", "neighbourhood"], name="inventory_searchplace_unique"
            )
        ]
        indexes = [
            GinIndex(OpClass("city_key", name="gin_trgm_ops"), name="inventory_searchplace_city"),
            GinIndex(OpClass("neighbourhood_key", name="gin_trgm_ops"), name="inventory_searchplace_part"),
        ]

    def __str__(self) -> str:
        return f"{self.neighbourhood}, {self.city}"


class SearchClock(models.Model):
    """What dates mean: a time zone with turn-over times, and the days that stay empty after a stay. There are few."""

    id = models.AutoField(primary_key=True)
    time_zone = models.CharField(max_length=64)
    check_in_time = models.TimeField()
    check_out_time = models.TimeField()
    turnover_days = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["time_zone", "check_in_time", "check_out_time", "turnover_days"],
                name="inventory_searchclock_unique",
            )
        ]

    def __str__(self) -> str:
        return f"{self.time_zone} {self.check_in_time} {self.check_out_time}"


class SearchAmenity(models.Model):
    """The number of an amenity: its bit in `SearchEntry.amenities`, its place in `amenity_tally`."""

    number = models.SmallAutoField(primary_key=True)
    amenity = models.OneToOneField("properties.Amenity", on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.number)


class SearchEntry(models.Model):
    """A published listing with a rate plan: where it is, what it has, when it is taken and what it costs.

    `nights` has a bit per night from `first_night` on, set when something takes the one leaf unit that the listing
    sells (`sole_unit`) for good; holds run out by themselves and are looked up. Where it is NULL the calendar itself
    is asked. Other listings have their units in `SearchOption`.

    Tiers of `discount_nights` begin with the longest stay. Percentages of `taxes_on_all` include the cleaning.
    `amenity_tally` has four decimal digits per amenity, so that a sum of rows counts them all.
    """

    number = models.BigAutoField(primary_key=True)
    listing = models.OneToOneField(
        "properties.Listing", on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    sole_unit = _to("properties.Unit", null=True)
    first_night = models.DateField(null=True)
    nights = BitStringField(null=True)

    property = _to("properties.Property")
    category = _to("properties.Category")
    place = _to(SearchPlace)
    clock = _to(SearchClock)
    mode = models.CharField(max_length=10)
    latitude = models.FloatField()
    longitude = models.FloatField()
    max_guests = models.PositiveSmallIntegerField()
    bedrooms = models.PositiveIntegerField()
    min_nights = models.PositiveSmallIntegerField()
    max_nights = models.PositiveSmallIntegerField()
    lead_time_hours = models.PositiveSmallIntegerField()
    booking_window_days = models.PositiveSmallIntegerField()
    relevance = models.BigIntegerField()
    rating_rank = models.BigIntegerField()
    amenities = BitStringField()
    amenity_tally = WideNumberField()
    words = models.TextField()

    currency = models.CharField(max_length=3)
    base_price_minor = models.BigIntegerField()
    weekday_prices = ArrayField(models.BigIntegerField(), size=7, null=True)
    discount_nights = ArrayField(models.IntegerField(), null=True)
    discount_points = ArrayField(models.IntegerField(), null=True)
    included_guests = models.PositiveSmallIntegerField()
    extra_guest_fee_minor = models.BigIntegerField()
    cleaning_fee_minor = models.BigIntegerField()
    override_starts = ArrayField(models.DateField(), null=True)
    override_ends = ArrayField(models.DateField(), null=True)
    override_prices = ArrayField(models.BigIntegerField(), null=True)
    taxes = ArrayField(models.IntegerField(), null=True)
    taxes_on_all = ArrayField(models.IntegerField(), null=True)
    person_taxes = ArrayField(models.BigIntegerField(), null=True)
    person_tax_ages = ArrayField(models.IntegerField(), null=True)
    person_tax_nights = ArrayField(models.IntegerField(), null=True)

    class Meta:
        indexes = [
            GistIndex(models.Func("longitude", "latitude", function="point"), name="inventory_searchentry_point"),
            models.Index(fields=["place"], name="inventory_searchentry_place"),
            models.Index(fields=["sole_unit"], condition=Q(sole_unit__isnull=False), name="inventory_searchentry_unit"),
            GinIndex(OpClass("words", name="gin_trgm_ops"), name="inventory_searchentry_words"),
            models.Index(OpClass("words", name="text_pattern_ops"), name="inventory_searchentry_title"),
        ]

    def __str__(self) -> str:
        return f"search entry of {self.listing_id}"


class SearchOption(models.Model):
    """One leaf unit of one way of giving a listing that has several units to give. Bits as in `SearchEntry`."""

    id = models.BigAutoField(primary_key=True)
    listing = _to("properties.Listing")
    option_id = models.UUIDField()
    unit = _to("properties.Unit")
    clock = _to(SearchClock)
    first_night = models.DateField(null=True)
    nights = BitStringField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "option_id", "unit"], name="inventory_searchoption_unique")
        ]
        indexes = [models.Index(fields=["unit"], name="inventory_searchoption_unit")]

    def __str__(self) -> str:
        return f"search option {self.option_id} of {self.listing_id}"
