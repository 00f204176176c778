"""Indexes by which an erasure finds the history of a person's bookings."""

from django.db import migrations

INDEXES = (
    ("bookinghistory_booking", "(pgh_obj_id)"),
    ("bookinghistory_user", "(user_id) WHERE user_id IS NOT NULL"),
)


class Migration(migrations.Migration):
    atomic = False  # indexes on a live table are created concurrently

    dependencies = [
        ("bookings", "0022_waitlists"),
    ]

    operations = [
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON bookings_bookinghistory {columns}",
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
        )
        for name, columns in INDEXES
    ]
