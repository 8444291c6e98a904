"""Whole numbers beside the ids, given by sequences; the rows that are there are numbered as they were made."""

from django.db import migrations

from freehold.core.serials import numbering


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_data_exports'),
    ]

    operations = [
        *numbering('accounts', 'user'),
    ]
