"""What is physically there: units, what is sold when any of them will do, and units made of others."""

from django.db import models
from django.db.models import F, Q

from freehold.core.models import Numbered, TenantModel
from freehold.core.scoping import Scope
from freehold.properties.models.places import Property


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


class Unit(Numbered, TenantModel, SpaceFacts):
    """A physical thing. Only leaf units are claimed; a composite (suite, whole villa) stands for its parts."""

    class Kind(models.TextChoices):
        LEAF = "leaf"
        COMPOSITE = "composite"

    # The constraint's index serves a look by property, too.
    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="units", db_index=False)
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
    # The constraint's index serves a look by composite, too.
    composite = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="unit_parts", db_index=False)
    part = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["composite", "part"], name="properties_unitpart_unique"),
            models.CheckConstraint(condition=~Q(composite=F("part")), name="properties_unitpart_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.part_id} in {self.composite_id}"
