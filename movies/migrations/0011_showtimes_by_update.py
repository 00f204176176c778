"""Index by which clients that keep a copy find changed showtimes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index on a live table is created concurrently

    dependencies = [("movies", "0010_updated_at")]

    operations = [
        AddIndexConcurrently(
            model_name="showtime",
            index=models.Index(fields=["updated_at"], name="showtime_updated"),
        ),
    ]
