"""Tickets can be sent again."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='message',
            name='kind',
            field=models.CharField(choices=[('booking_confirmed', 'Booking confirmed'), ('payment_failed', 'Payment failed'), ('paid_too_late', 'Paid too late, refund on its way'), ('refund_done', 'Refund done'), ('tickets_resent', 'Tickets sent again'), ('booking_cancelled', 'Booking cancelled')], max_length=20, verbose_name='kind'),
        ),
    ]
