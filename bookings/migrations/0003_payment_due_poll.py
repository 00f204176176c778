"""The poller also looks again at payments that ended without money, for a day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bookings", "0002_append_only_events")]

    operations = [
        migrations.RemoveIndex(model_name="payment", name="payment_unsettled_poll"),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("poll_at__isnull", False)),
                fields=["poll_at"],
                name="payment_due_poll",
            ),
        ),
    ]
