"""What this room remembers of its own work."""

from django.db import models


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
