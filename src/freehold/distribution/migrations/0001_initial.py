
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='DemoLoad',
            fields=[
                ('id', models.SmallAutoField(primary_key=True, serialize=False)),
                ('data', models.CharField(max_length=40)),
                ('source', models.CharField(max_length=200)),
                ('attribution', models.CharField(max_length=200)),
                ('day_zero', models.DateField()),
                ('listings', models.PositiveIntegerField()),
                ('loaded_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='distribution_demoload_single_row')],
            },
        ),
    ]
