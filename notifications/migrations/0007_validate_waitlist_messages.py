from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Without a lock that stops deliveries: outside of a transaction, the index concurrently."""

    atomic = False
    dependencies = [("notifications", "0006_waitlist_messages")]

    operations = [
        ValidateConstraint("message", "message_of_booking_or_waitlist"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddConstraint(
                    "message",
                    models.UniqueConstraint(
                        fields=["waitlist_event", "channel", "kind"],
                        condition=Q(waitlist_event__isnull=False),
                        name="message_of_waitlist_once",
                    ),
                )
            ],
            database_operations=[
                migrations.RunSQL(
                    """
                    CREATE UNIQUE INDEX CONCURRENTLY message_of_waitlist_once
                    ON notifications_message (waitlist_event_id, channel, kind)
                    WHERE waitlist_event_id IS NOT NULL
                    """,
                    "DROP INDEX CONCURRENTLY message_of_waitlist_once",
                )
            ],
        ),
    ]
