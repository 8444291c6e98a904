"""What is coming and what is ending is found without a walk over all bookings."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0003_changes"),
        ("companies", "0003_api_keys"),
        ("finance", "0002_initial"),
        ("pricing", "0004_published_plans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                condition=models.Q(("state", "confirmed")), fields=["starts_at"], name="bookings_booking_coming"
            ),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                condition=models.Q(("state__in", ["confirmed", "in_house"])),
                fields=["ends_at"],
                name="bookings_booking_ending",
            ),
        ),
    ]
