"""What exists and how it is sold: Property -> UnitType -> Unit, and Listing as one way of selling one of them."""

from django.contrib.postgres.indexes import GistIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from freehold.core.audit import audited
from freehold.core.models import BaseModel, TenantModel
from freehold.core.scoping import Scope


class Category(BaseModel):
    """A node of the tree of kinds of places: Homes > Apartments > Loft. Shared by all companies."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=120, unique=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "categories"
        ordering = ["position", "name"]
        constraints = [models.CheckConstraint(condition=~Q(parent=F("id")), name="properties_category_not_own_parent")]

    def __str__(self) -> str:
        return self.name


class Amenity(BaseModel):
    """A word of the controlled vocabulary. `code` is stable; `icon` names a lucide icon."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    group = models.CharField(max_length=60)
    icon = models.CharField(max_length=60, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "amenities"
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Picture(BaseModel):
    """A stored image and its smaller renditions: `{"400": "path", "800": "path"}`, widths in pixels.

    `path` and the renditions are names in the default storage, or in the static files when `is_static`.
    """

    path = models.CharField(max_length=255, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    renditions = models.JSONField(default=dict)
    is_static = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.path


class Property(TenantModel):
    """A place: an address with coordinates and a time zone of its own."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        ARCHIVED = "archived"

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="properties")
    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=220, unique=True)
    description = models.TextField(blank=True, default="")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    street = models.CharField(max_length=200, blank=True, default="")
    neighbourhood = models.CharField(max_length=120, blank=True, default="")
    city = models.CharField(max_length=120)
    region = models.CharField(max_length=120, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    country = models.CharField(max_length=2)
    latitude = models.FloatField(validators=[MinValueValidator(-90), MaxValueValidator(90)])
    longitude = models.FloatField(validators=[MinValueValidator(-180), MaxValueValidator(180)])
    time_zone = models.CharField(max_length=64)
    check_in_time = models.TimeField()
    check_out_time = models.TimeField()
    host_name = models.CharField(max_length=100, blank=True, default="")
    rating = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    review_count = models.PositiveIntegerField(default=0)
    external_source = models.CharField(max_length=40, blank=True, default="")
    external_id = models.CharField(max_length=64, blank=True, default="")
    amenities = models.ManyToManyField(Amenity, through="PropertyAmenity", related_name="properties")

    scope = Scope(company="company_id", published=Q(status="published", company__is_active=True))

    class Meta:
        verbose_name_plural = "properties"
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__gte=-90, latitude__lte=90), name="properties_property_latitude"
            ),
            models.CheckConstraint(
                condition=Q(longitude__gte=-180, longitude__lte=180), name="properties_property_longitude"
            ),
            models.UniqueConstraint(
                fields=["company", "external_source", "external_id"],
                condition=~Q(external_source=""),
                name="properties_property_external_unique",
            ),
        ]
        # For the search: the map, and the few places and turn-over times that there are.
        indexes = [
            GistIndex(models.Func("longitude", "latitude", function="point"), name="properties_property_point"),
            models.Index(
                fields=["country", "region", "city", "neighbourhood"],
                condition=Q(status="published"),
                name="properties_property_place",
            ),
            models.Index(
                fields=["time_zone", "check_in_time", "check_out_time"],
                condition=Q(status="published"),
                name="properties_property_clock",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PropertyAmenity(models.Model):
    """An amenity that the property has."""

    id = models.BigAutoField(primary_key=True)
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="property_amenities")
    amenity = models.ForeignKey(Amenity, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["property", "amenity"], name="properties_propertyamenity_unique")
        ]

    def __str__(self) -> str:
        return f"{self.property_id} has {self.amenity_id}"


class PropertyPicture(models.Model):
    """A picture in a property's gallery, in order; `alt` says what it shows."""

    id = models.BigAutoField(primary_key=True)
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="gallery")
    picture = models.ForeignKey(Picture, on_delete=models.PROTECT, related_name="+")
    alt = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["property", "position"], name="properties_propertypicture_position")
        ]

    def __str__(self) -> str:
        return self.alt


class SpaceFacts(models.Model):
    """How many a space takes and what is in it. Bathrooms count in halves; a studio has no bedroom."""

    max_guests = models.PositiveSmallIntegerField(default=2)
    bedrooms = models.PositiveSmallIntegerField(default=1)
    beds = models.PositiveSmallIntegerField(default=1)
    bathrooms = models.DecimalField(max_digits=4, decimal_places=1, default=1)

    class Meta:
        abstract = True


class UnitType(TenantModel, SpaceFacts):
    """What is sold when any of its units will do ("any garden room")."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="unit_types")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")

    scope = Scope(company="company_id")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["property", "name"], name="properties_unittype_name")]

    def __str__(self) -> str:
        return self.name


class Unit(TenantModel, SpaceFacts):
    """A physical thing. Only leaf units are claimed; a composite (suite, whole villa) stands for its parts."""

    class Kind(models.TextChoices):
        LEAF = "leaf"
        COMPOSITE = "composite"

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="units")
    unit_type = models.ForeignKey(UnitType, null=True, blank=True, on_delete=models.PROTECT, related_name="units")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.LEAF)
    is_active = models.BooleanField(default=True)
    parts = models.ManyToManyField("self", through="UnitPart", symmetrical=False, related_name="part_of")

    scope = Scope(company="company_id")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["property", "name"], name="properties_unit_name")]

    def __str__(self) -> str:
        return self.name


class UnitPart(models.Model):
    """A leaf unit that belongs to a composite one."""

    id = models.BigAutoField(primary_key=True)
    composite = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="unit_parts")
    part = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["composite", "part"], name="properties_unitpart_unique"),
            models.CheckConstraint(condition=~Q(composite=F("part")), name="properties_unitpart_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.part_id} in {self.composite_id}"


@audited
class Listing(TenantModel):
    """One way of selling a unit, a unit type or (neither set) every unit of the property together."""

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

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="listings")
    unit_type = models.ForeignKey(UnitType, null=True, blank=True, on_delete=models.PROTECT, related_name="listings")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="listings")
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.STAY)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=220, unique=True)
    currency = models.CharField(max_length=3)
    payment_terms = models.CharField(max_length=12, choices=PaymentTerms, default=PaymentTerms.ONLINE)
    max_guests = models.PositiveSmallIntegerField()
    min_nights = models.PositiveSmallIntegerField(default=1)
    max_nights = models.PositiveSmallIntegerField(default=365)
    lead_time_hours = models.PositiveSmallIntegerField(default=0)
    booking_window_days = models.PositiveSmallIntegerField(default=540)

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
        ]

    def __str__(self) -> str:
        return self.title
