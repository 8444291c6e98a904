from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RateCounter',
            fields=[
                ('bucket', models.CharField(max_length=100, primary_key=True, serialize=False)),
                ('hits', models.IntegerField()),
                ('ends_at', models.DateTimeField()),
            ],
        ),
        # Counters may be lost with a crash; a request does not wait for the disk. Room on each page keeps updates hot.
        migrations.RunSQL(
            sql="ALTER TABLE core_ratecounter SET UNLOGGED; ALTER TABLE core_ratecounter SET (fillfactor = 50);",
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
