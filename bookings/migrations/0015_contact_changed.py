from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0014_voucher_customers'),
    ]

    operations = [
        migrations.AlterField(
            model_name='bookingevent',
            name='kind',
            field=models.CharField(choices=[('created', 'Order made'), ('payment_started', 'Payment started'), ('payment_succeeded', 'Payment received'), ('payment_failed', 'Payment failed'), ('confirmed', 'Confirmed'), ('failed', 'Failed'), ('expired', 'Expired'), ('cancelled', 'Cancelled'), ('partly_cancelled', 'Partly cancelled'), ('ticket_voided', 'Ticket voided'), ('refund_due', 'Refund due'), ('refund_sent', 'Refund sent'), ('refunded', 'Refunded'), ('refund_failed', 'Refund failed'), ('payout_due', 'To be paid out by hand'), ('tickets_resent', 'Tickets sent again'), ('contact_changed', 'Contact corrected'), ('checked_in', 'Checked in'), ('showtime_moved', 'Showtime moved')], max_length=20, verbose_name='kind'),
        ),
    ]
