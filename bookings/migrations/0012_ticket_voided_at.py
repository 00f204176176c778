from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built while people buy: outside of a transaction, without a lock on sales."""

    atomic = False

    dependencies = [
        ("bookings", "0011_more_audit_history"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                fields=["voided_at"],
                condition=models.Q(voided_at__isnull=False),
                name="ticket_voided_at",
            ),
        ),
    ]
