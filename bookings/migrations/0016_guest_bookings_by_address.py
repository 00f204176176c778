"""Index that finds guest bookings by address, and the event of adding one to an account."""

import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index on a live table is created concurrently

    dependencies = [
        ('bookings', '0015_contact_changed'),
    ]

    operations = [
        migrations.AlterField(
            model_name='bookingevent',
            name='kind',
            field=models.CharField(choices=[('created', 'Order made'), ('payment_started', 'Payment started'), ('payment_succeeded', 'Payment received'), ('payment_failed', 'Payment failed'), ('confirmed', 'Confirmed'), ('failed', 'Failed'), ('expired', 'Expired'), ('cancelled', 'Cancelled'), ('partly_cancelled', 'Partly cancelled'), ('ticket_voided', 'Ticket voided'), ('refund_due', 'Refund due'), ('refund_sent', 'Refund sent'), ('refunded', 'Refunded'), ('refund_failed', 'Refund failed'), ('payout_due', 'To be paid out by hand'), ('tickets_resent', 'Tickets sent again'), ('contact_changed', 'Contact corrected'), ('joined_account', 'Added to an account'), ('checked_in', 'Checked in'), ('showtime_moved', 'Showtime moved')], max_length=20, verbose_name='kind'),
        ),
        AddIndexConcurrently(
            model_name='booking',
            index=models.Index(django.db.models.functions.text.Upper('contact_email'), condition=models.Q(('user__isnull', True)), name='booking_guest_email'),
        ),
    ]
