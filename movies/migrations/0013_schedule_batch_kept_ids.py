import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('movies', '0012_holidays_and_schedule_batches'),
    ]

    operations = [
        migrations.AddField(
            model_name='schedulebatch',
            name='kept_ids',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None),
        ),
    ]
