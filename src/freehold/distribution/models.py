"""What this room remembers of its own work."""

from django.db import models

from freehold.core.models import TenantModel
from freehold.core.scoping import Scope


class DemoLoad(models.Model):
    """The one demonstration that was loaded into this database; no row, no demonstration.

    `day_zero` is the day on which the source's first day was laid. `attribution` is owed wherever the data is
    shown.
    """

    id = models.SmallAutoField(primary_key=True)
    data = models.CharField(max_length=40)
    source = models.CharField(max_length=200)
    attribution = models.CharField(max_length=200)
    day_zero = models.DateField()
    listings = models.PositiveIntegerField()
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="distribution_demoload_single_row")]

    def __str__(self) -> str:
        return f"{self.data}, day zero {self.day_zero}"


class ImportedListing(TenantModel):
    """A listing that came from another system, and what the import last wrote into each of its fields.

    `written` is by field name as in `importing.facts`. `night_prices` is `{"first": ISO date, "prices": [...]}`, one
    price or null for each night from there. Both tell a value of the import from one that a person set since.
    """

    # `feed` is the city of the file: what is gone from it is told by comparing with the same city's last one.
    source = models.CharField(max_length=40)
    feed = models.CharField(max_length=120)
    external_id = models.CharField(max_length=64)
    property = models.ForeignKey("properties.Property", on_delete=models.CASCADE, related_name="+")
    unit = models.ForeignKey("properties.Unit", on_delete=models.CASCADE, related_name="+")
    listing = models.ForeignKey("properties.Listing", on_delete=models.CASCADE, related_name="+")
    written = models.JSONField(default=dict)
    night_prices = models.JSONField(null=True, blank=True)

    scope = Scope(company="company_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "source", "external_id"], name="distribution_importedlisting_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"


class MovedRow(TenantModel):
    """A row of an older API's database that was moved in, and what it is here: a second import knows it again.

    `kind` as in `moving.facts`, `object_id` the id of our row. `digest` is of its content when it was taken.
    """

    source = models.CharField(max_length=20)
    kind = models.CharField(max_length=20)
    external_id = models.CharField(max_length=64)
    object_id = models.UUIDField()
    digest = models.CharField(max_length=32)

    scope = Scope(company="company_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "source", "kind", "external_id"], name="distribution_movedrow_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.external_id}"
