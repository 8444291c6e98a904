"""Indexes that a constraint's index makes needless."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('properties', '0004_day_rules'),
    ]

    operations = [
        migrations.AlterField(
            model_name='propertyamenity',
            name='property',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='property_amenities', to='properties.property'),
        ),
        migrations.AlterField(
            model_name='propertypicture',
            name='property',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='gallery', to='properties.property'),
        ),
        migrations.AlterField(
            model_name='unit',
            name='property',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='units', to='properties.property'),
        ),
        migrations.AlterField(
            model_name='unitpart',
            name='composite',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='unit_parts', to='properties.unit'),
        ),
    ]
