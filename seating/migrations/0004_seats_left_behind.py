"""A seat row may be left behind when its showtime moves to another studio."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("movies", "0001_initial"),
        ("seating", "0003_layout_history_and_blocked_seats"),
    ]

    operations = [
        migrations.AlterField(
            model_name="showtimeseat",
            name="showtime",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seats",
                to="movies.showtime",
                verbose_name="showtime",
            ),
        ),
        migrations.AddConstraint(
            model_name="showtimeseat",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("showtime__isnull", False), ("status", "blocked"), _connector="OR"
                ),
                name="showtime_seat_left_behind_is_blocked",
            ),
        ),
    ]
