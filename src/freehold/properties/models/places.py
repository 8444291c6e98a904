"""A property and what describes it: its kind, its amenities, its pictures."""

from django.contrib.postgres.indexes import GistIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from freehold.core.models import BaseModel, Numbered, TenantModel
from freehold.core.scoping import Scope


class Category(Numbered, BaseModel):
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


class Property(Numbered, TenantModel):
    """A place: an address with coordinates and a time zone of its own.

    `max_guests`: how many people one booking may bring in all, whatever its units take (null: as many as these take).
    """

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
    max_guests = models.PositiveSmallIntegerField(null=True, blank=True)
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
    # The constraint's index serves a look by property, too.
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="property_amenities", db_index=False)
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
    # The constraint's index serves a look by property, too.
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="gallery", db_index=False)
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
