"""Index of sold holds by visitor: whether somebody in a waiting room has bought."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index on a live table is created concurrently

    dependencies = [
        ("movies", "0013_schedule_batch_kept_ids"),
        ("seating", "0009_waiting_room_draw_before_ranks"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="hold",
            index=models.Index(
                fields=["visitor", "ended_at"],
                condition=models.Q(("end", "sold")),
                name="hold_sold_by_visitor",
            ),
        ),
    ]
