from django.db import migrations


class Migration(migrations.Migration):
    """Until now every cancelled ticket was refunded in full."""

    dependencies = [("bookings", "0006_cancellation_terms")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE bookings_ticket SET refund_rupiah = price_rupiah + fee_rupiah - discount_rupiah
            WHERE voided_at IS NOT NULL AND issued_at IS NOT NULL
            """,
            migrations.RunSQL.noop,
        ),
    ]
