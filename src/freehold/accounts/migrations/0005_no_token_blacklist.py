"""Tokens end with their session: the tables of SimpleJWT's blacklist were never used."""

from django.db import migrations

DROP = """
    DROP TABLE IF EXISTS token_blacklist_blacklistedtoken;
    DROP TABLE IF EXISTS token_blacklist_outstandingtoken;
    DELETE FROM django_migrations WHERE app = 'token_blacklist';
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_phone_codes")]

    operations = [migrations.RunSQL(DROP, migrations.RunSQL.noop)]
