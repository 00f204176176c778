"""Labels alone: "booking" is the term of the interface."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0020_tax_per_ticket"),
    ]

    operations = [
        migrations.AlterField(
            model_name="bookingevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "Booking made"),
                    ("payment_started", "Payment started"),
                    ("payment_succeeded", "Payment received"),
                    ("payment_failed", "Payment failed"),
                    ("confirmed", "Confirmed"),
                    ("failed", "Failed"),
                    ("expired", "Expired"),
                    ("cancelled", "Cancelled"),
                    ("partly_cancelled", "Partly cancelled"),
                    ("ticket_voided", "Ticket voided"),
                    ("refund_due", "Refund due"),
                    ("refund_sent", "Refund sent"),
                    ("refunded", "Refunded"),
                    ("refund_failed", "Refund failed"),
                    ("payout_due", "To be paid out by hand"),
                    ("tickets_resent", "Tickets sent again"),
                    ("contact_changed", "Contact corrected"),
                    ("joined_account", "Added to an account"),
                    ("checked_in", "Checked in"),
                    ("showtime_moved", "Showtime moved"),
                    ("tax_corrected", "Tax corrected"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="showtimecancellation",
            name="orders_done",
            field=models.PositiveIntegerField(default=0, verbose_name="bookings cancelled"),
        ),
        migrations.AlterField(
            model_name="showtimecancellation",
            name="orders_planned",
            field=models.PositiveIntegerField(verbose_name="bookings"),
        ),
    ]
