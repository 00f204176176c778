"""Index that finds the bookings that an app made without an account."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index on a live table is created concurrently

    dependencies = [
        ("bookings", "0023_history_indexes"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="booking",
            index=models.Index(
                condition=models.Q(user__isnull=True),
                fields=["visitor", "-created_at"],
                name="booking_of_visitor",
            ),
        ),
    ]
